#include "client/stream.h"

#include <utility>

#include "client/stream_call.h"

namespace gregale::client {

Stream::Stream(std::unique_ptr<Call> call) : call_(std::move(call)) {}
Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

void Stream::Cancel() { call_->Cancel(); }
absl::Status Stream::Wait() { return call_->Wait(); }
bool Stream::WaitFor(absl::Duration timeout) { return call_->WaitFor(timeout); }

}  // namespace gregale::client
