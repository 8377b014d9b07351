// SPDX-License-Identifier: GPL-2.0-only
// Comparing one step's state and notes; see conform_compare.hpp.
#include "model/conform_compare.hpp"

#include <fmt/format.h>

namespace model {

namespace {

const char* word_of(bool value) { return value ? "true" : "false"; }

const char* word_of(PteKind kind) {
    switch (kind) {
    case PteKind::none: return "none";
    case PteKind::present: return "present";
    case PteKind::swap: break;
    }
    return "swap";
}

const char* word_of(NoteCode code) {
    switch (code) {
    case NoteCode::dio_in_flight: return "an O_DIRECT read in flight";
    case NoteCode::dio_returned: return "the end of an O_DIRECT read";
    case NoteCode::pageout_unmapped: return "a pageout that unmapped the page";
    case NoteCode::pageout_refused: return "a pageout that was refused";
    case NoteCode::reclaim_unmapped: return "a reclaim that unmapped the page";
    case NoteCode::slot_holds: return "a reference taken";
    case NoteCode::byte_read: return "a byte read";
    case NoteCode::pipe_byte: return "a byte read from a pipe";
    case NoteCode::device_byte: return "a byte read by a device";
    case NoteCode::device_wrote: return "a byte written by a device";
    case NoteCode::stopped: return "a thread stopped";
    case NoteCode::released: return "a thread released";
    case NoteCode::ksm_merged: return "a page merged";
    case NoteCode::ksm_not_merged: break;
    }
    return "a page not merged";
}

std::string text_of(const std::string& text) { return text; }
std::string text_of(Word number) { return std::to_string(number); }

std::string hex(unsigned byte) { return fmt::format("{:02x}", byte); }

Disagreement differ(std::string what, std::string kernel, std::string model) {
    return {0, std::move(what), std::move(kernel), std::move(model)};
}

/// The first field that differs.
class Fields {
public:
    explicit Fields(std::string subject) : subject_(std::move(subject)) {}

    template <class T>
    void compare(const char* field, const T& kernel, const T& model) {
        if (difference_ || kernel == model) return;
        difference_ = differ(subject_ + field, text_of(kernel), text_of(model));
    }
    void compare_flag(const char* field, bool kernel, bool model) {
        compare<std::string>(field, word_of(kernel), word_of(model));
    }
    void take(Difference other) {
        if (!difference_) difference_ = std::move(other);
    }
    const Difference& difference() const { return difference_; }

private:
    std::string subject_;
    Difference difference_;
};

std::vector<const char*> codes_of(const std::vector<TraceNote>& notes) {
    std::vector<const char*> words;
    words.reserve(notes.size());
    for (const TraceNote& note : notes) words.push_back(word_of(note.code));
    return words;
}
std::vector<const char*> codes_of(const std::vector<ModelNote>& notes) {
    std::vector<const char*> words;
    words.reserve(notes.size());
    for (const ModelNote& note : notes) words.push_back(word_of(note.code));
    return words;
}

std::string listed_or_none(const std::vector<const char*>& words) {
    if (words.empty()) return "nothing";
    std::string text;
    for (const char* const word : words) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

Difference compare_note(const ForcedMachine& machine, PageLetters& letters, const TraceNote& seen,
                        const ModelNote& model) {
    Fields fields(seen.who + ": ");
    fields.compare("who it is about", seen.who, model.who);
    const bool has_page = !seen.page.empty();
    const std::string where = seen.code == NoteCode::slot_holds ? "the reference's page" : "the device's page";
    if (has_page) fields.take(letters.match(machine, where, seen.page, model.page));
    switch (seen.code) {
    case NoteCode::slot_holds:
        fields.compare("the slot", seen.number, model.number);
        fields.compare("the reference's kind", seen.kind, model.kind);
        break;
    case NoteCode::byte_read:
    case NoteCode::pipe_byte:
    case NoteCode::device_byte:
        fields.compare("the offset", seen.number, model.number);
        fields.compare("the byte read", hex(seen.byte), hex(model.byte));
        fields.compare("the byte expected", hex(seen.expected), hex(model.expected));
        fields.compare("whether it is as expected", seen.verdict, model.verdict());
        break;
    case NoteCode::device_wrote: fields.compare("the byte written", hex(seen.byte), hex(model.byte)); break;
    case NoteCode::dio_returned: fields.compare("the bytes transferred", seen.number, model.number); break;
    case NoteCode::stopped: fields.compare("where it stopped", seen.function, model.function); break;
    // How many calls or passes it took is not compared: see docs/CONFORMANCE.md.
    case NoteCode::pageout_unmapped:
    case NoteCode::pageout_refused:
    case NoteCode::reclaim_unmapped:
    case NoteCode::dio_in_flight:
    case NoteCode::released:
    case NoteCode::ksm_merged:
    case NoteCode::ksm_not_merged: break;
    }
    return fields.difference();
}

} // namespace

Difference PageLetters::match(const ForcedMachine& machine, const std::string& where, const std::string& letter,
                              PageLife page) {
    if (!page.page) return differ(where, "page " + letter, "none");
    for (const Pair& pair : pairs_) {
        if (pair.page == page) {
            if (pair.letter == letter) return std::nullopt;
            return differ(where, "page " + letter, "page " + pair.letter);
        }
        if (pair.letter == letter && !machine.was_free_before(pair.page, page))
            return differ(where, "page " + letter, "another page than " + letter);
    }
    pairs_.push_back({letter, page});
    return std::nullopt;
}

Difference compare_state(const ForcedMachine& machine, PageLetters& letters, const SeenPte& seen) {
    const std::string who = name_of(seen.actor);
    if (!machine.is_alive(seen.actor)) return differ("process " + who, "alive", "gone");
    const ModelPte model = machine.look(seen.actor);
    Fields fields(who + "'s ");
    fields.compare<std::string>("PTE", word_of(seen.kind), word_of(model.kind));
    if (fields.difference() || seen.kind == PteKind::none) return fields.difference();
    fields.compare_flag("PTE: soft-dirty", seen.soft_dirty, model.soft_dirty);
    if (seen.kind == PteKind::swap) {
        fields.compare_flag("swap PTE: exclusive", seen.swp_exclusive, model.swp_exclusive);
        return fields.difference();
    }
    fields.compare_flag("PTE: writable", seen.writable, model.writable);
    if (!fields.difference()) fields.take(letters.match(machine, who + "'s page", seen.page, model.page));
    fields.compare<Word>("page: mapcount", seen.mapcount, model.mapcount);
    fields.compare_flag("page: in the swap cache", seen.swapcache, model.swapcache);
    fields.compare_flag("page: under writeback", seen.writeback, model.writeback);
    if (seen.anon_exclusive) fields.compare_flag("page: anon-exclusive", *seen.anon_exclusive, model.anon_exclusive);
    return fields.difference();
}

Difference compare_notes(const ForcedMachine& machine, PageLetters& letters, const std::vector<TraceNote>& seen,
                         const std::vector<ModelNote>& model) {
    const auto kernel_codes = codes_of(seen);
    const auto model_codes = codes_of(model);
    if (kernel_codes != model_codes)
        return differ("what is said of the step", listed_or_none(kernel_codes), listed_or_none(model_codes));
    for (std::size_t n = 0; n < seen.size(); ++n) {
        if (auto difference = compare_note(machine, letters, seen[n], model[n])) return difference;
    }
    return std::nullopt;
}

Difference compare_refcounts(const ForcedMachine& machine, const TraceAfter& seen,
                             const std::vector<ModelNote>& model) {
    for (const SeenPte& state : seen.states) {
        if (!state.refcount) continue;
        Fields fields(std::string(name_of(state.actor)) + "'s ");
        fields.compare<Word>("page: refcount", *state.refcount, machine.look(state.actor).refcount);
        if (fields.difference()) return fields.difference();
    }
    for (std::size_t n = 0; n < seen.notes.size(); ++n) {
        if (seen.notes[n].code != NoteCode::slot_holds) continue;
        Fields fields(seen.notes[n].who + ": ");
        fields.compare<Word>("refcount with the reference", seen.notes[n].refs, model[n].refs);
        if (fields.difference()) return fields.difference();
    }
    return std::nullopt;
}

} // namespace model
