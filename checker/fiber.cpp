// SPDX-License-Identifier: GPL-2.0-only
// The rare paths of a fiber: mapping its stack, starting it, looking at its bytes.
#include "checker/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <vector>

namespace checker {

namespace {

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

/// Maps a stack with a guard page below it.
std::byte* map_stack() {
    const std::size_t guard = page_bytes();
    void* const mapping = mmap(nullptr, Fiber::stack_bytes + guard, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    if (mprotect(mapping, guard, PROT_NONE) != 0) {
        munmap(mapping, Fiber::stack_bytes + guard);
        throw std::bad_alloc();
    }
    return static_cast<std::byte*>(mapping) + guard;
}

/// Stacks that nobody uses at the moment. Many small searches follow each other, and mapping a stack and touching it for the
/// first time can cost more than such a search. A mutable global, then, but one that no result depends on: what is left on
/// a stack is never read.
class FreeStacks {
public:
    FreeStacks() { stacks_.reserve(max_kept); }
    ~FreeStacks() {
        for (std::byte* const stack : stacks_) unmap(stack);
    }
    FreeStacks(const FreeStacks&) = delete;
    FreeStacks& operator=(const FreeStacks&) = delete;

    std::byte* take() {
        if (stacks_.empty()) return map_stack();
        std::byte* const stack = stacks_.back();
        stacks_.pop_back();
        return stack;
    }
    void put(std::byte* stack) {
        if (stacks_.size() < max_kept)
            stacks_.push_back(stack);
        else
            unmap(stack);
    }

private:
    static constexpr std::size_t max_kept = 64;
    static void unmap(std::byte* stack) {
        const std::size_t guard = page_bytes();
        munmap(stack - guard, Fiber::stack_bytes + guard);
    }
    std::vector<std::byte*> stacks_;
};

thread_local FreeStacks free_stacks;

} // namespace

Fiber::Fiber() : bottom_(free_stacks.take()) { sp_ = top(); }

Fiber::~Fiber() {
#if CHECKER_ASAN
    __asan_unpoison_memory_region(bottom_, stack_bytes);
#endif
    free_stacks.put(bottom_);
}

void Fiber::start(Entry entry, void* argument) {
#if CHECKER_ASAN
    __asan_unpoison_memory_region(bottom_, stack_bytes);
#endif
    entry_ = entry;
    argument_ = argument;
    sp_ = static_cast<std::byte*>(boost::context::detail::make_fcontext(top(), stack_bytes, &Fiber::main));
}

void Fiber::main(boost::context::detail::transfer_t from) {
    Fiber& self = *static_cast<Fiber*>(from.data);
    after_switch(nullptr, &self.scheduler_bottom_, &self.scheduler_bytes_);
    self.scheduler_ = from.fctx;
    self.entry_(self.argument_);
    self.suspend();
    std::abort(); // Somebody resumed a fiber whose entry has returned.
}

// Byte by byte through volatile, for memcpy and memset would be checked by AddressSanitizer even here.
#if CHECKER_ASAN
__attribute__((no_sanitize_address))
#endif
void Fiber::peek(std::byte* image) const {
    const std::size_t bytes = used_bytes();
#if CHECKER_ASAN
    const volatile std::byte* const from = sp_;
    for (std::size_t at = 0; at < bytes; ++at) image[at] = from[at];
#else
    std::memcpy(image, sp_, bytes);
#endif
}

void Fiber::clear() {
    sp_ = top();
    clear_unused();
}

void Fiber::clear_unused() {
#if CHECKER_ASAN
    __asan_unpoison_memory_region(bottom_, static_cast<std::size_t>(sp_ - bottom_));
#endif
    std::memset(bottom_, 0, static_cast<std::size_t>(sp_ - bottom_));
}

} // namespace checker
