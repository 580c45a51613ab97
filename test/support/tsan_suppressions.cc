// What ThreadSanitizer cannot know: the packaged gRPC is built without it, so it does not see that
// gRPC hands each message and reactor from thread to thread under its own locks. Reports whose
// innermost frame is gRPC's, a message's or a reactor's are such hand-overs; the code of the layers
// above is judged in full.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }

extern "C" const char* __tsan_default_suppressions() {
  return "race_top:^grpc::\n"
         "race_top:^grpc_\n"
         "race_top:^std::\n"
         "race_top:google::protobuf::\n"
         "race_top:^gregale::v1::\n"
         "race_top:^gregale::rpc::\n";
}
#endif
#endif
