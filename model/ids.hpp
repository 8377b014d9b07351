// SPDX-License-Identifier: GPL-2.0-only
// Strong types for what the machine has several of. All are small indices, so that they fit operations and keys.
#pragma once

#include <compare>
#include <cstdint>

namespace model {

namespace detail {
/// An index that cannot be mixed up with another kind's; `none()` is no object.
template <class Tag>
struct Id {
    std::uint8_t index = 0xff;

    static constexpr Id none() { return Id{}; }
    constexpr explicit operator bool() const { return index != 0xff; }
    auto operator<=>(const Id&) const = default;
};
} // namespace detail

using PageId = detail::Id<struct PageTag>; ///< a page frame
using MmId = detail::Id<struct MmTag>;     ///< an address space (struct mm_struct); a process of the scenario
using Va = detail::Id<struct VaTag>;       ///< an address: the n-th page of the scenario's one VMA range
using Unit = detail::Id<struct UnitTag>;   ///< a content unit of a page (its first bytes, its last byte, ...)
using CpuId = detail::Id<struct CpuTag>;
using DeviceId = detail::Id<struct DeviceTag>;   ///< a swap device (struct swap_info_struct)
using SwapSlot = detail::Id<struct SwapSlotTag>; ///< a slot of a device; numbered over all devices
using RefId = detail::Id<struct RefTag>;         ///< a place that keeps one GUP reference: a `gup` slot, a bio, a pipe
using IoId = detail::Id<struct IoTag>;           ///< an O_DIRECT request

/// Where a page can be mapped: one address of one address space. It has one PTE.
struct Mapping {
    MmId mm;
    Va va;
    auto operator<=>(const Mapping&) const = default;
};

/// What a content unit holds; 0 is what a fresh anonymous page holds. Scenarios use up to `max_values` values.
using Value = std::uint8_t;
inline constexpr unsigned max_values = 64;
inline constexpr unsigned max_units = 4;

} // namespace model
