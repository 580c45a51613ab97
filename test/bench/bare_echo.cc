// What one ICMP echo round trip costs at least on this machine: a bare loop of sendmmsg and
// recvmmsg on one raw socket with filters, as fast as it goes, to addresses in 127.0.0.0/8. It
// keeps no books, has no clock and no timers. The peer of monitors_bench.
//
// Usage: bare_echo [TARGETS [SECONDS]]. Prints one JSON line.
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/targets.h"

namespace gregale::bench {
namespace {

constexpr size_t kBatch = 64;
constexpr uint16_t kId = 0x4747;

struct Echo {
  icmphdr header = {};
  std::array<char, 24> payload = {};  // as much as a probe of Gregale's carries
};

uint16_t Checksum(const Echo& echo) {
  const auto* words = reinterpret_cast<const uint16_t*>(&echo);
  uint32_t sum = 0;
  for (size_t i = 0; i < sizeof echo / 2; ++i) sum += words[i];
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~(sum + (sum >> 16)));
}

int OpenSocket() {
  const int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  sock_filter code[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 3),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kId, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0xffff),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const icmp_filter replies = {.data = ~(1u << ICMP_ECHOREPLY)};
  const sock_fprog filter = {std::size(code), code};
  if (fd < 0 || setsockopt(fd, SOL_RAW, ICMP_FILTER, &replies, sizeof replies) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    std::perror("bare_echo: raw socket");
    std::exit(2);
  }
  return fd;
}

// The arrays of one batch, made once.
struct Batch {
  Batch() {
    for (size_t i = 0; i < kBatch; ++i) {
      out_parts[i] = {&echoes[i], sizeof(Echo)};
      out[i].msg_hdr.msg_iov = &out_parts[i];
      out[i].msg_hdr.msg_iovlen = 1;
      out[i].msg_hdr.msg_name = &addresses[i];
      out[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
      in_parts[i] = {replies[i].data(), replies[i].size()};
      in[i].msg_hdr.msg_iov = &in_parts[i];
      in[i].msg_hdr.msg_iovlen = 1;
    }
  }
  std::array<Echo, kBatch> echoes;
  std::array<sockaddr_in, kBatch> addresses = {};
  std::array<std::array<char, 128>, kBatch> replies;
  std::array<iovec, kBatch> out_parts;
  std::array<iovec, kBatch> in_parts;
  std::array<mmsghdr, kBatch> out = {};
  std::array<mmsghdr, kBatch> in = {};
};

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int Measure(int targets, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::vector<in_addr_t> all;
  for (int i = 0; i < targets; ++i) all.push_back(inet_addr(TargetAddress(i).c_str()));
  const int fd = OpenSocket();
  const auto batch = std::make_unique<Batch>();
  uint64_t sent = 0, received = 0;
  const auto begin = Clock::now();
  const double cpu_before = CpuSeconds();
  while (std::chrono::duration<double>(Clock::now() - begin).count() < seconds) {
    for (size_t i = 0; i < kBatch; ++i) {
      Echo& echo = batch->echoes[i];
      echo.header.type = ICMP_ECHO;
      echo.header.un.echo.id = htons(kId);
      echo.header.un.echo.sequence = htons(static_cast<uint16_t>(sent + i));
      echo.header.checksum = 0;
      echo.header.checksum = Checksum(echo);
      batch->addresses[i].sin_family = AF_INET;
      batch->addresses[i].sin_addr.s_addr = all[(sent + i) % all.size()];
    }
    const int out = sendmmsg(fd, batch->out.data(), kBatch, 0);
    if (out > 0) sent += static_cast<uint64_t>(out);
    const int in = recvmmsg(fd, batch->in.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (in > 0) received += static_cast<uint64_t>(in);
  }
  const double cpu = CpuSeconds() - cpu_before;
  close(fd);
  std::printf("{\"targets\": %d, \"sent\": %llu, \"received\": %llu, \"cpu_us_per_echo\": %.3f}\n",
              targets, static_cast<unsigned long long>(sent),
              static_cast<unsigned long long>(received), 1e6 * cpu / static_cast<double>(received));
  return received > 0 ? 0 : 1;
}

}  // namespace
}  // namespace gregale::bench

int main(int argc, char** argv) {
  const int targets = argc > 1 ? std::atoi(argv[1]) : 1000;
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  return gregale::bench::Measure(targets, seconds);
}
