#pragma once

#include <cstdint>
#include <string>

// What a stranger sees of an address, of either family. Every call is over within kPatience.
namespace gregale::infra {

inline constexpr int kPatienceMillis = 300;

// An ICMP echo was answered.
bool Pings(const std::string& address);

// The errno value of a TCP connect; 0: accepted, ETIMEDOUT: no answer.
int Connects(const std::string& address, uint16_t port);

// The whole reply to an HTTP GET; "" where there is none.
std::string HttpGet(const std::string& address, uint16_t port);

}  // namespace gregale::infra
