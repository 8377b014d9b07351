// SPDX-License-Identifier: GPL-2.0-only
// Memory that a thread under test takes from the heap ends the program with a message. It replaces the global operator new,
// so it is included in exactly one source file of a program, and not in a library's.
//
// The heap belongs to no state: it is not put back when a search goes back, and nothing frees what an abandoned fiber held.
#pragma once

#include "checker/fiber.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>

void* operator new(std::size_t bytes) {
    if (checker::Fiber::running() != nullptr) {
        std::fputs("checker: a thread under test allocates memory; keep what it needs in cells or in plain locals\n",
                   stderr);
        std::abort();
    }
    if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes); memory != nullptr) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
