// SPDX-License-Identifier: GPL-2.0-only
// Interning labels; see dpor_dependence.hpp.
#include "checker/dpor_dependence.hpp"

#include "checker/monitor.hpp"

#include <algorithm>
#include <bit>

namespace checker {

Dependence::Dependence(const Program& program, bool commuting)
    : cells_(std::max<std::size_t>(program.cells().size(), 1)),
      properties_(program.properties().size()),
      commuting_(commuting),
      watchers_(Monitor(program, false).watchers()),
      singles_(std::size_t{1} << single_bits) {
    watchers_.resize(cells_);
    intern({});
}

AccessKind Dependence::kind_of(const Touch& touch, Word whole) {
    switch (touch.kind) {
    case OpKind::load: return AccessKind::read;
    case OpKind::fetch_add: return touch.returns_nothing ? AccessKind::add : AccessKind::write;
    case OpKind::fetch_or: return touch.returns_nothing ? AccessKind::set : AccessKind::write;
    case OpKind::fetch_and: return touch.returns_nothing ? AccessKind::clear : AccessKind::write;
    case OpKind::compare_exchange: return (whole & touch.mask) == touch.expected ? AccessKind::write : AccessKind::read;
    case OpKind::trylock: return (whole & touch.mask) == 0 ? AccessKind::write : AccessKind::read;
    case OpKind::read_trylock: return (whole & RwLock::writer_held) == 0 ? AccessKind::reader : AccessKind::read;
    case OpKind::write_trylock: return whole == 0 ? AccessKind::write : AccessKind::read;
    case OpKind::read_lock:
    case OpKind::read_unlock: return AccessKind::reader;
    default: return AccessKind::write;
    }
}

Label Dependence::label_of(const AccessRecorder& recorder) {
    const auto& noted = recorder.noted();
    std::vector<Touched> touched;
    for (const auto& [cell, writes] : noted) {
        const auto writes_it = [cell = cell](const AccessRecorder::Noted& other) {
            return other.writes && other.cell == cell;
        };
        if (writes || std::none_of(noted.begin(), noted.end(), writes_it))
            touched.push_back({cell.index, writes ? AccessKind::write : AccessKind::read, ~Word{0}});
    }
    return intern(std::move(touched));
}

Label Dependence::remember_single(std::size_t slot, const Touched& access) {
    singles_[slot] = {access, intern({access})};
    return singles_[slot].label;
}

Label Dependence::intern(std::vector<Touched> touched) {
    Word properties = 0;
    for (const Touched& access : touched) {
        if (access.kind != AccessKind::read && access.place < cells_) properties |= watchers_[access.place];
    }
    for (; properties != 0; properties &= properties - 1)
        touched.push_back(
            {static_cast<std::uint32_t>(cells_) + static_cast<std::uint32_t>(std::countr_zero(properties)),
             AccessKind::write, ~Word{0}});
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    const auto [known, is_new] = known_.emplace(touched, static_cast<Label>(labels_.size()));
    if (!is_new) return known->second;
    labels_.push_back({static_cast<std::uint32_t>(accesses_.size()), static_cast<std::uint32_t>(touched.size()), {}});
    accesses_.insert(accesses_.end(), touched.begin(), touched.end());
    if (labels_.size() > matrix_side_ && matrix_side_ < max_matrix_side) grow_matrix();
    const Label label = known->second;
    for (Label other = 0; other <= label; ++other) {
        if (!find_conflict(label, other)) continue;
        labels_[label].conflicting.push_back(other);
        if (other != label) labels_[other].conflicting.push_back(label);
        set_conflict(label, other);
    }
    return label;
}

bool Dependence::changes(Label writer, Label other) const {
    for (const Touched& written : accesses(writer)) {
        if (written.kind == AccessKind::read || written.place >= cells_) continue;
        for (const Touched& found : accesses(other)) {
            if (found.place == written.place && (found.mask & written.mask) != 0) return true;
        }
    }
    return false;
}

bool Dependence::overwrites(Label label, CellId cell, Word mask) const {
    for (const Touched& access : accesses(label)) {
        if (access.place == cell.index && access.kind == AccessKind::write && (mask & ~access.mask) == 0) return true;
    }
    return false;
}

bool Dependence::find_conflict(Label a, Label b) const {
    for (const Touched& one : accesses(a)) {
        for (const Touched& other : accesses(b)) {
            if (one.place == other.place && checker::conflict(one, other)) return true;
        }
    }
    return false;
}

void Dependence::grow_matrix() {
    matrix_side_ = std::max<std::size_t>(64, 2 * matrix_side_);
    row_words_ = matrix_side_ / 64;
    matrix_.assign(matrix_side_ * row_words_, 0);
    for (Label label = 0; label < labels_.size(); ++label) {
        for (const Label other : labels_[label].conflicting) set_conflict(label, other);
    }
}

void Dependence::set_conflict(Label a, Label b) {
    if (a >= matrix_side_ || b >= matrix_side_) return;
    matrix_[a * row_words_ + b / 64] |= Word{1} << b % 64;
    matrix_[b * row_words_ + a / 64] |= Word{1} << a % 64;
}

} // namespace checker
