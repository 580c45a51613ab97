#include "server/template_cache.h"

#include <utility>

#include "base/error.h"
#include "base/yaml.h"
#include "server/vnfd_handlers.h"

namespace gregale::server {

absl::StatusOr<std::shared_ptr<const Template>> TemplateCache::Get(const std::string& template_yaml,
                                                                   const base::Json& param_values) {
  std::string key = template_yaml;
  key.push_back('\0');  // in no template that was kept
  if (!param_values.is_null()) key += base::DumpJson(param_values);
  {
    base::MutexLock lock(mutex_);
    const auto found = parsed_.find(key);
    if (found != parsed_.end()) return found->second;
  }
  GREGALE_ASSIGN_OR_RETURN(const base::Json kept, base::ParseYamlAsJson(template_yaml));
  GREGALE_ASSIGN_OR_RETURN(Template parsed,
                           ReadTemplate(kept, param_values, tosca::RequireInputs::kYes));
  auto shared = std::make_shared<const Template>(std::move(parsed));
  base::MutexLock lock(mutex_);
  if (bytes_ + key.size() > kBytesMax) {
    parsed_.clear();
    bytes_ = 0;
  }
  const size_t bytes = key.size();
  if (parsed_.emplace(std::move(key), shared).second) bytes_ += bytes;
  return shared;
}

}  // namespace gregale::server
