#pragma once

#include <memory>

#include "base/password.h"
#include "base/random.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "server/authenticator.h"
#include "store/store.h"

namespace gregale::server {

// AccountService. Thread-safe; keeps nothing between calls.
class AccountEdge {
 public:
  struct Options {
    store::Store& store;
    base::Random& random;
    base::PasswordHasher& passwords;
    Authenticator& authenticator;
  };
  explicit AccountEdge(const Options& options);
  ~AccountEdge();

  // To be served; it lives as long as this object.
  grpc::Service* service();

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace gregale::server
