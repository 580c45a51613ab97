#include "server/tacker_error.h"

#include "base/json.h"
#include "server/http_fault.h"

namespace gregale::server {

HttpResponse TackerError(const absl::Status& status) {
  const HttpFault fault = FaultOf(status);
  HttpResponse response = {.status = fault.status};
  if (fault.status == 503) response.headers.emplace_back("Retry-After", "1");
  response.body = base::DumpJson(
      {{"TackerError",
        {{"type", fault.type}, {"message", fault.message}, {"detail", fault.detail}}}});
  return response;
}

}  // namespace gregale::server
