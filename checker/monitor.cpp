// SPDX-License-Identifier: GPL-2.0-only
// Evaluating properties; see monitor.hpp.
#include "checker/monitor.hpp"

#include <algorithm>
#include <bit>

namespace checker {

Monitor::Monitor(const Program& program, bool check_footprints)
    : program_(program),
      check_footprints_(check_footprints) {
    Word bit = 1;
    for (const Property& property : program.properties()) {
        switch (property.kind) {
        case PropertyKind::always: always_ |= bit; break;
        case PropertyKind::at_end: at_end_ |= bit; break;
        case PropertyKind::sometimes: sometimes_ |= bit; break;
        case PropertyKind::no_data_race: no_data_race_ |= bit; break;
        }
        bit <<= 1;
    }
}

std::vector<Word> Monitor::watchers() const {
    std::vector<Word> watchers(program_.cells().size());
    Word bit = 1;
    for (const Property& property : program_.properties()) {
        if (property.kind == PropertyKind::always || property.kind == PropertyKind::sometimes) {
            for (const CellId cell : property.footprint) watchers[cell.index] |= bit;
            if (property.footprint.empty())
                for (Word& watching : watchers) watching |= bit;
        }
        bit <<= 1;
    }
    return watchers;
}

Word Monitor::holding(Word candidates, const View& view) {
    Word holding = 0;
    for (Word rest = candidates; rest != 0; rest &= rest - 1) {
        const auto property = static_cast<std::size_t>(std::countr_zero(rest));
        const bool holds =
            check_footprints_ ? holds_within_footprint(property, view) : program_.properties()[property].holds(view);
        if (holds) holding |= Word{1} << property;
    }
    return holding;
}

bool Monitor::holds_within_footprint(std::size_t property, View view) {
    const Property& checked = program_.properties()[property];
    read_.clear();
    view.record_into(&read_);
    const bool holds = checked.holds(view);
    if (checked.footprint.empty() || !error_.empty()) return holds;
    for (const auto [cell, writes] : read_.noted()) {
        if (std::find(checked.footprint.begin(), checked.footprint.end(), cell) != checked.footprint.end()) continue;
        error_ = "property '" + checked.name + "' reads cell '" + program_.cells()[cell.index].name +
                 "', which is not in its footprint";
        break;
    }
    return holds;
}

} // namespace checker
