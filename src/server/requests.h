#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "base/random.h"
#include "base/secret_box.h"
#include "lifecycle/requests.h"

// What the handlers are asked for, whichever way it came. An empty tenant_id is the caller's
// project.
namespace gregale::server {

class TemplateCache;

// What handlers need besides the transaction.
struct HandlerContext {
  base::Random& random;
  const base::SecretBox& secrets;
  TemplateCache& templates;
  // Where the world finds this server: scheme and host, for the URLs of triggers.
  std::string public_url;
};

struct NewVim {
  std::string tenant_id;
  std::string name;
  std::string type;  // "openstack", "kubernetes", "local"
  std::string description;
  std::string auth_url;
  bool is_default = false;
  base::Json auth_cred = base::Json::object();  // with its secrets
  base::Json vim_project = base::Json::object();
  base::Json regions = base::Json::array();
  base::Json affinity;  // labels of the executors that should rather monitor its VNFs; null: any
};

// What is absent stays.
struct VimChange {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<bool> is_default;
  std::optional<base::Json> auth_cred;
  std::optional<base::Json> vim_project;
};

struct NewVnfd {
  std::string tenant_id;
  std::string name;         // "": the template's metadata.template_name
  std::string description;  // "": the template's
  base::Json vnfd_template;
};

// What is absent stays. The template never changes.
struct VnfdChange {
  std::optional<std::string> name;
  std::optional<std::string> description;
};

struct NewVnf {
  std::string tenant_id;
  std::string name;
  std::string vnfd;          // id or name; or
  base::Json vnfd_template;  // a template of its own; null: none
  std::string vim;           // id or name; "": the default VIM
  std::string region;        // "": any
  base::Json param_values;   // an object, its text as YAML, or null
  base::Json config;         // likewise
};

// What is absent stays; config and param_values are merged into what there is.
struct VnfChange {
  std::string id;  // or name
  std::optional<std::string> name;
  std::optional<std::string> description;
  base::Json config;        // an object, its text as YAML, or null
  base::Json param_values;  // likewise
};

using lifecycle::Force;

}  // namespace gregale::server
