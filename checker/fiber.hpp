// SPDX-License-Identifier: GPL-2.0-only
// A stack of its own on which plain C++ runs until it suspends itself. This is the only place that knows Boost.Context,
// where a stack begins and ends, what sanitizers want to hear about switches, and how a stack is saved and put back.
//
// A fiber is never destroyed while it is suspended in the sense of unwinding it: nothing on its stack owns anything, so
// it is simply started anew. Nothing is ever thrown through a switch.
#pragma once

#include <boost/context/detail/fcontext.hpp>

#include <cstddef>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#define CHECKER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHECKER_ASAN 1
#endif
#endif
#ifndef CHECKER_ASAN
#define CHECKER_ASAN 0
#endif

#if CHECKER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace checker {

class Fiber {
public:
    /// Of one stack, without its guard page. A fiber that suspends with less than `reserve_bytes` left counts as having
    /// overflowed; what overflows between two suspensions hits the guard page.
    static constexpr std::size_t stack_bytes = std::size_t{64} * 1024;
    static constexpr std::size_t reserve_bytes = std::size_t{16} * 1024;
    /// AddressSanitizer keeps shadow memory of the stack, which a restored stack would contradict.
    static constexpr bool can_roll_back = CHECKER_ASAN == 0;

    using Entry = void (*)(void* argument);

    /// Throws std::bad_alloc when the stack cannot be mapped.
    Fiber();
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Forgets whatever runs on the stack; the next `resume` calls `entry(argument)` on it.
    void start(Entry entry, void* argument);

    /// Runs the fiber until it suspends itself or its entry returns. Not to be called on a fiber.
    [[gnu::always_inline]] void resume() {
        current = this;
        before_switch(&scheduler_fake_stack_, bottom_, stack_bytes);
        const boost::context::detail::transfer_t back = boost::context::detail::jump_fcontext(sp_, this);
        after_switch(scheduler_fake_stack_, nullptr, nullptr);
        current = nullptr;
        sp_ = static_cast<std::byte*>(back.fctx);
    }

    /// Called on the fiber itself: gives way to whoever resumed it.
    [[gnu::always_inline]] void suspend() {
        before_switch(&fake_stack_, scheduler_bottom_, scheduler_bytes_);
        const boost::context::detail::transfer_t again = boost::context::detail::jump_fcontext(scheduler_, nullptr);
        after_switch(fake_stack_, &scheduler_bottom_, &scheduler_bytes_);
        scheduler_ = again.fctx;
    }

    /// How much of the stack is in use while the fiber is suspended.
    std::size_t used_bytes() const { return static_cast<std::size_t>(top() - sp_); }
    bool has_overflowed() const { return used_bytes() > stack_bytes - reserve_bytes; }
    bool owns(const void* address) const { return address >= bottom_ && address < top(); }

    /// Copies the used bytes, `used_bytes()` of them, to `image`.
    void save(std::byte* image) const { std::memcpy(image, sp_, used_bytes()); }
    /// Puts back what `save` stored when `bytes` were in use; the next `resume` goes on from there.
    void restore(const std::byte* image, std::size_t bytes) {
        sp_ = top() - bytes;
        std::memcpy(sp_, image, bytes);
    }

    /// For the audit: as `save`, also under AddressSanitizer, which must not look at the red zones between variables.
    void peek(std::byte* image) const;
    /// For the audit: zeroes the whole stack; the fiber has to be started anew.
    void clear();
    /// For the audit: zeroes what is not in use, so that equal histories leave equal bytes.
    void clear_unused();

    /// The fiber that the calling code runs on, or null. For traps of what fibers must not do.
    static const Fiber* running() { return current; }

private:
    static void main(boost::context::detail::transfer_t from);
    std::byte* top() const { return bottom_ + stack_bytes; }

    static void before_switch([[maybe_unused]] void** save, [[maybe_unused]] const void* bottom,
                              [[maybe_unused]] std::size_t bytes) {
#if CHECKER_ASAN
        __sanitizer_start_switch_fiber(save, bottom, bytes);
#endif
    }
    static void after_switch([[maybe_unused]] void* saved, [[maybe_unused]] const void** bottom,
                             [[maybe_unused]] std::size_t* bytes) {
#if CHECKER_ASAN
        __sanitizer_finish_switch_fiber(saved, bottom, bytes);
#endif
    }

    static inline constinit thread_local const Fiber* current = nullptr;

    std::byte* bottom_ = nullptr;
    std::byte* sp_ = nullptr;
    boost::context::detail::fcontext_t scheduler_ = nullptr;
    Entry entry_ = nullptr;
    void* argument_ = nullptr;
    void* fake_stack_ = nullptr;
    void* scheduler_fake_stack_ = nullptr;
    const void* scheduler_bottom_ = nullptr;
    std::size_t scheduler_bytes_ = 0;
};

} // namespace checker
