#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace gregale::infra {

// A VDU and the instances of it that there shall be.
struct VduRequest {
  std::string vdu;  // its name in the VNFD
  // Of instance 0, 1, ...: which making of it is meant. Another number is another server, with
  // other resource ids: so an instance is replaced.
  std::vector<int64_t> instances = {0};
  bool has_management_address = false;         // one of its CPs has `management: true`
  std::vector<std::string> connection_points;  // their names in the VNFD; may be left empty
  base::Json properties;  // the VDU's properties in the template, inputs resolved
};

// What a VNF needs from a VIM: a Heat stack, or the local machine's equivalent.
struct Deployment {
  std::string
      instance_id;  // a UUID made by the caller before the first call: makes Apply idempotent
  std::string vnf_id;
  std::string name;  // for people
  std::vector<VduRequest> vdus;
  std::vector<std::string> scaling_policies;  // their names: each is a group of resources
};

struct VduState {
  std::string vdu;
  int index = 0;
  int64_t making = 0;
  std::string resource_id;
  std::vector<std::string> addresses;  // management addresses, IPv4 before IPv6
  bool ready = false;                  // it has come up, and answers
};

struct Resource {
  std::string name;
  std::string type;  // Heat's words: "OS::Nova::Server"
  std::string id;
};

struct DeploymentState {
  enum class Phase { kAbsent, kCreating, kReady, kFailed };
  Phase phase = Phase::kAbsent;  // kReady: every instance that was asked for is
  std::string reason;            // kFailed: why
  // Those instances that have their addresses, and what belongs to them.
  std::vector<VduState> vdus;
  bool has_every_instance = false;  // that was asked for
  std::vector<Resource> resources;
};

// The connection to one VIM, as its row in the store describes it.
struct VimAccess {
  std::string vim_id;
  std::string auth_url;
  base::Json credentials;  // with secrets, decrypted; never logged
  base::Json project;
};

enum class Fault { kLink, kProcess, kDrop };

// A kind of VIM. Every call may block (tens of milliseconds locally, seconds remotely), may be
// repeated, and may be cut off by kill -9 at any point: repeating it with the same arguments
// completes it. Thread-safe. Errors: kUnavailable (try again later), kResourceExhausted,
// kPermissionDenied (no root), kInvalidArgument.
class VimDriver {
 public:
  virtual ~VimDriver() = default;
  virtual std::string_view type() const = 0;
  // The VIM can be used; the error says why not.
  virtual absl::Status Check(const VimAccess& vim) = 0;
  // Begins (or goes on) making the deployment what is said here: instances that it does not have
  // are made, those that are not named are removed, and the others stay as they are, also broken
  // ones. OK does not mean ready: see Observe.
  virtual absl::Status Apply(const VimAccess& vim, const Deployment& deployment) = 0;
  virtual absl::StatusOr<DeploymentState> Observe(const VimAccess& vim,
                                                  std::string_view instance_id) = 0;
  // Removes everything of it. OK: nothing is left (also where there was nothing).
  virtual absl::Status Destroy(const VimAccess& vim, std::string_view instance_id) = 0;
  // The deployments that exist for a VNF (for a delete that must leave nothing behind).
  virtual absl::StatusOr<std::vector<std::string>> List(const VimAccess& vim,
                                                        std::string_view vnf_id) = 0;

  // Breaks or mends one instance on purpose. kUnimplemented where the VIM is not ours to break.
  virtual absl::Status Break(const VimAccess& vim, std::string_view resource_id, Fault fault);
  virtual absl::Status Mend(const VimAccess& vim, std::string_view resource_id, Fault fault);
};

}  // namespace gregale::infra
