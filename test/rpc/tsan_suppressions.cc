// What ThreadSanitizer cannot know: the packaged gRPC is built without it, so it does not see that
// gRPC hands each message and reactor from thread to thread under its own locks. Reports whose
// innermost frame is gRPC's or a message's are such hand-overs, and so are those inside the
// standard library, which gRPC's headers use. Our own frames are judged; outbox_test.cc judges the
// queue and the gate without gRPC, and without any of this.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }

extern "C" const char* __tsan_default_suppressions() {
  return "race_top:^grpc::\n"
         "race_top:^std::\n"
         "race_top:google::protobuf::\n"
         "race_top:^gregale::v1::\n";
}
#endif
#endif
