#include "server/mistral/exchange.h"

#include "absl/strings/numbers.h"
#include "base/text.h"
#include "server/mistral/mistral_error.h"

namespace gregale::server {

std::string Exchange::Argument(std::string_view name) const {
  std::string found;
  for (const auto& [key, value] : http.target.query) {
    if (key == name) found = value;
  }
  return found;
}

std::string Exchange::BaseUrl() const {
  return context.public_url.empty() ? base::Cat("http://", http.host)
                                    : std::string(context.public_url);
}

std::string Exchange::ShownProject(const std::string& tenant_id) const {
  const bool is_only = !context.only_project.empty() && tenant_id == kAdminProject;
  return is_only ? std::string(context.only_project) : tenant_id;
}

std::string Exchange::StoredProject(const std::string& project_id) const {
  const bool is_only = !context.only_project.empty() && project_id == context.only_project;
  return is_only ? std::string(kAdminProject) : project_id;
}

absl::StatusOr<bool> ReadFlag(std::string_view name, std::string_view text) {
  bool value = false;
  if (absl::SimpleAtob(base::ToAbsl(text), &value)) return value;
  return MistralInvalidField(name, text, "Value not an unambiguous boolean");
}

}  // namespace gregale::server
