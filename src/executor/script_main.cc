// gregale-js: evaluates one JavaScript text and ends. It reads "LENGTH\nSCRIPT" and then a JSON
// text, which the script sees as `$`, from its standard input, and writes "v" and the value as
// JSON, or "e" and what went wrong. Its arguments bound the memory (bytes) and the processor time
// (seconds).
//
// A process of its own, with next to no system calls left to it, since a script is somebody else's
// program: it can neither keep an executor busy, nor use up its memory, nor reach anything.
#include <duktape.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "name this architecture for the filter of system calls"
#endif

// The heap of the script, counted.
class Heap {
 public:
  explicit Heap(size_t bytes_max) : left_(bytes_max) {}

  static void* Allocate(void* self, duk_size_t bytes) { return Reallocate(self, nullptr, bytes); }
  static void* Reallocate(void* self, void* pointer, duk_size_t bytes) {
    Heap& heap = *static_cast<Heap*>(self);
    auto* old = pointer == nullptr ? nullptr : static_cast<Header*>(pointer) - 1;
    const size_t had = old == nullptr ? 0 : old->bytes;
    if (bytes == 0) {
      Free(self, pointer);
      return nullptr;
    }
    if (bytes > had && bytes - had > heap.left_) return nullptr;
    auto* block = static_cast<Header*>(realloc(old, sizeof(Header) + bytes));
    if (block == nullptr) return nullptr;
    heap.left_ = heap.left_ + had - bytes;
    block->bytes = bytes;
    return block + 1;
  }
  static void Free(void* self, void* pointer) {
    if (pointer == nullptr) return;
    auto* block = static_cast<Header*>(pointer) - 1;
    static_cast<Heap*>(self)->left_ += block->bytes;
    free(block);
  }

 private:
  struct alignas(max_align_t) Header {
    size_t bytes;
  };
  size_t left_;
};

// Every call that is not listed fails.
bool ForbidSystemCalls() {
  const auto allow = [](uint32_t call) {
    return std::array<sock_filter, 2>{sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, call},
                                      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  };
  constexpr uint32_t kAllowed[] = {SYS_read,       SYS_write,         SYS_brk,         SYS_mmap,
                                   SYS_munmap,     SYS_mremap,        SYS_madvise,     SYS_exit,
                                   SYS_exit_group, SYS_clock_gettime, SYS_rt_sigreturn};
  std::array<sock_filter, 4 + 2 * std::size(kAllowed) + 1> program;
  size_t size = 0;
  program[size++] = {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, arch)};
  program[size++] = {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kArchitecture};
  program[size++] = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS};
  program[size++] = {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)};
  for (const uint32_t call : kAllowed) {
    for (const sock_filter& step : allow(call)) program[size++] = step;
  }
  program[size++] = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 1u};  // EPERM
  const sock_fprog filter{static_cast<unsigned short>(size), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

void Limit(int resource, rlim_t most) {
  const rlimit limit{most, most};
  setrlimit(static_cast<__rlimit_resource>(resource), &limit);
}

std::string ReadAll() {
  std::string text;
  std::array<char, 65536> buffer;
  ssize_t bytes = 0;
  while ((bytes = read(STDIN_FILENO, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<size_t>(bytes));
  }
  return text;
}

[[noreturn]] void Answer(char kind, std::string_view text) {
  std::string answer = kind + std::string(text);
  for (std::string_view rest = answer; !rest.empty();) {
    const ssize_t bytes = write(STDOUT_FILENO, rest.data(), rest.size());
    if (bytes <= 0) break;
    rest.remove_prefix(static_cast<size_t>(bytes));
  }
  _exit(0);
}

std::string_view TextAt(duk_context* context, duk_idx_t index) {
  duk_size_t bytes = 0;
  const char* text = duk_safe_to_lstring(context, index, &bytes);
  return {text, bytes};
}

// [script, JSON] -> [JSON of the value]
duk_ret_t Evaluate(duk_context* context, void*) {
  duk_json_decode(context, -1);
  duk_put_global_string(context, "$");
  duk_dup(context, -1);
  duk_push_string(context, "script");
  if (duk_pcompile(context, 0) != 0) {
    // A script that says "return" is the body of a function.
    duk_push_string(context, "(function() {");
    duk_dup(context, -3);
    duk_push_string(context, "\n})()");
    duk_concat(context, 3);
    duk_push_string(context, "script");
    if (duk_pcompile(context, 0) != 0) {
      duk_pop(context);
      return duk_throw(context);  // what was wrong with the script as it stands
    }
  }
  duk_call(context, 0);
  if (duk_json_encode(context, -1) == nullptr) duk_push_string(context, "null");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  Heap heap(strtoull(argv[1], nullptr, 10));
  Limit(RLIMIT_CPU, strtoull(argv[2], nullptr, 10));
  Limit(RLIMIT_CORE, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string input = ReadAll();
  const size_t line = input.find('\n');
  if (line == std::string::npos) return 2;
  const std::string_view rest = std::string_view(input).substr(line + 1);
  const size_t script_bytes = strtoull(input.c_str(), nullptr, 10);
  if (script_bytes > rest.size()) return 2;
  if (!ForbidSystemCalls()) Answer('e', "the filter of system calls is refused here");

  const auto fatal = [](void*, const char* message) {
    Answer('e', message == nullptr ? "fatal error" : message);
  };
  duk_context* context =
      duk_create_heap(&Heap::Allocate, &Heap::Reallocate, &Heap::Free, &heap, fatal);
  if (context == nullptr) Answer('e', "out of memory");
  duk_push_lstring(context, rest.data(), script_bytes);
  duk_push_lstring(context, rest.data() + script_bytes, rest.size() - script_bytes);
  const bool good = duk_safe_call(context, &Evaluate, nullptr, 2, 1) == DUK_EXEC_SUCCESS;
  Answer(good ? 'v' : 'e', TextAt(context, -1));
}
