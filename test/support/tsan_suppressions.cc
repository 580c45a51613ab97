// What ThreadSanitizer cannot know: the packaged gRPC is built without it, so it does not see that
// gRPC hands each call, message and reactor from thread to thread under its own locks. Reports with
// a frame of gRPC's in them are such hand-overs; what runs on threads of our own is judged in full.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
extern "C" const char* __tsan_default_suppressions() {
  return "race:^grpc::\n"
         "race:^gregale::rpc::\n"
         "race_top:^grpc_\n"
         "race_top:^std::\n"
         "race_top:google::protobuf::\n"
         "race_top:^gregale::v1::\n";
}
#endif
#endif
