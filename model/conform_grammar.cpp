// SPDX-License-Identifier: GPL-2.0-only
// The two little languages inside a trace file: steps ("P store 4095 ee") and notes ("P: byte 0 = 11, want dd: DIVERGENCE").
// Both are tables; what no row of them matches is refused.
#include "model/conform_trace.hpp"

#include <algorithm>
#include <charconv>

namespace model {

namespace {

using checker::InputError;
using Words = std::vector<std::string_view>;

constexpr unsigned page_bytes = 4096;
constexpr unsigned most_slots = 16;

/// `arguments`: a letter each. O offset, X byte, N slot, G get or pin, A r or w; lower case and optional: s "slow", m "may".
struct StepForm {
    const char* word;
    StepCode code;
    const char* arguments;
};
constexpr std::array step_forms{
    StepForm{"map", StepCode::map, ""},
    StepForm{"fill", StepCode::fill, "X"},
    StepForm{"store", StepCode::store, "OX"},
    StepForm{"load", StepCode::load, "O"},
    StepForm{"expect", StepCode::expect, "OX"},
    StepForm{"pageout", StepCode::pageout, "m"},
    StepForm{"pageout1", StepCode::pageout1, ""},
    StepForm{"reclaim", StepCode::reclaim, "m"},
    StepForm{"drain", StepCode::drain, ""},
    StepForm{"softdirty", StepCode::softdirty, ""},
    StepForm{"wp", StepCode::wp, ""},
    StepForm{"unwp", StepCode::unwp, ""},
    StepForm{"unmap", StepCode::unmap, ""},
    StepForm{"swapoff", StepCode::swapoff, ""},
    StepForm{"swapon", StepCode::swapon, ""},
    StepForm{"fork", StepCode::fork, ""},
    StepForm{"exit", StepCode::exit, ""},
    StepForm{"odstart", StepCode::odstart, "X"},
    StepForm{"odfinish", StepCode::odfinish, ""},
    StepForm{"take", StepCode::take, "NGAs"},
    StepForm{"put", StepCode::put, "N"},
    StepForm{"dmaw", StepCode::dmaw, "NOX"},
    StepForm{"dmar", StepCode::dmar, "NOX"},
    StepForm{"vmsplice", StepCode::vmsplice, ""},
    StepForm{"pipe-open", StepCode::pipe_open, ""},
    StepForm{"pipe-read", StepCode::pipe_read, "OX"},
    StepForm{"ksm", StepCode::ksm, "m"},
    StepForm{"unexcl", StepCode::unexcl, ""},
    StepForm{"state", StepCode::state, ""},
    StepForm{"release", StepCode::release, ""},
    StepForm{"join", StepCode::join, ""},
};

Words split(std::string_view text) {
    Words words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

bool read_number(std::string_view word, int base, unsigned most, unsigned& number) {
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number, base);
    return error == std::errc{} && end == word.data() + word.size() && number <= most;
}

bool read_choice(std::string_view word, std::string_view no, std::string_view yes, bool& chosen) {
    chosen = word == yes;
    return word == no || word == yes;
}

/// What the argument should have been; null if it is that.
const char* read_argument(char form, std::string_view word, TraceStep& step) {
    bool ignored = false;
    switch (form) {
    case 'O':
        return read_number(word, 10, page_bytes - 1, step.offset) ? nullptr : "an offset into the page, 0 to 4095";
    case 'X': return read_number(word, 16, 0xff, step.byte) ? nullptr : "a byte as two hexadecimal digits";
    case 'N': return read_number(word, 10, most_slots - 1, step.slot) ? nullptr : "a slot, 0 to 15";
    case 'G': return read_choice(word, "get", "pin", step.pin) ? nullptr : "get or pin";
    case 'A': return read_choice(word, "r", "w", step.write) ? nullptr : "r or w";
    case 's': return read_choice(word, "slow", "slow", step.slow) ? nullptr : "slow, or nothing";
    default: return read_choice(word, "may", "may", ignored) ? nullptr : "may, or nothing";
    }
}

InputError wrong(std::string_view text, const std::string& message, std::string nearest = {}) {
    return {"", "the step " + checker::in_quotes(text) + " " + message, std::move(nearest)};
}

std::optional<TraceActor> find_actor(std::string_view name) {
    for (std::size_t n = 0; n < trace_actor_count; ++n) {
        if (name == name_of(static_cast<TraceActor>(n))) return static_cast<TraceActor>(n);
    }
    return std::nullopt;
}

const StepForm* find_form(std::string_view word) {
    const auto* const at =
        std::find_if(step_forms.begin(), step_forms.end(), [word](const StepForm& form) { return word == form.word; });
    return at == step_forms.end() ? nullptr : at;
}

std::string nearest_operation(std::string_view word) {
    std::vector<std::string> known;
    known.reserve(step_forms.size());
    for (const StepForm& form : step_forms) known.emplace_back(form.word);
    return checker::nearest_word(word, known);
}

/// `words`: what follows the operation.
std::optional<InputError> read_arguments(const Words& words, std::string_view form, TraceStep& step) {
    std::size_t next = 0;
    for (const char argument : form) {
        const bool optional = argument == 's' || argument == 'm';
        if (next == words.size()) {
            if (optional) continue;
            return wrong(step.text, "ends too early");
        }
        if (const char* const expected = read_argument(argument, words[next], step))
            return wrong(step.text, "has " + checker::in_quotes(words[next]) + " where it should have " + expected);
        ++next;
    }
    if (next < words.size()) return wrong(step.text, "goes on after its end, with " + checker::in_quotes(words[next]));
    return std::nullopt;
}

/// Notes, with placeholders for fields: {who}, {page}, {kind}, {function}, {verdict}, {number}, {refs}, {byte}, {expected}.
struct NoteForm {
    NoteCode code;
    std::string_view pattern;
};
constexpr std::array note_forms{
    NoteForm{NoteCode::dio_in_flight, "{who}: O_DIRECT read in flight"},
    NoteForm{NoteCode::dio_returned, "{who}: O_DIRECT read returned {number}"},
    NoteForm{NoteCode::pageout_unmapped, "{who}: pageout unmapped after {number} call(s)"},
    NoteForm{NoteCode::pageout_refused, "{who}: pageout REFUSED after {number} call(s)"},
    NoteForm{NoteCode::reclaim_unmapped, "{who}: reclaim unmapped after {number}"},
    NoteForm{NoteCode::slot_holds, "{who}: slot {number} holds page {page} (FOLL_{kind}) refs={refs}"},
    NoteForm{NoteCode::byte_read, "{who}: byte {number} = {byte}, want {expected}: {verdict}"},
    NoteForm{NoteCode::pipe_byte, "{who}: pipe byte {number} = {byte}, want {expected}: {verdict}"},
    NoteForm{NoteCode::device_byte, "{who}: page {page} byte {number} = {byte}, want {expected}: {verdict}"},
    NoteForm{NoteCode::device_wrote, "{who}: wrote {byte} to page {page}"},
    NoteForm{NoteCode::stopped, "{who}: stopped at {function}+0"},
    NoteForm{NoteCode::released, "{who}: released"},
    NoteForm{NoteCode::ksm_merged, "{who}: ksm merged"},
    NoteForm{NoteCode::ksm_not_merged, "{who}: ksm NOT merged"},
};

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
}

bool store_word(std::string_view text, std::string& field) {
    field = text;
    return is_word(text);
}

bool store_field(std::string_view name, std::string_view text, TraceNote& note) {
    constexpr unsigned most = 1'000'000;
    if (name == "number") return read_number(text, 10, most, note.number);
    if (name == "refs") return read_number(text, 10, most, note.refs);
    if (name == "byte") return read_number(text, 16, 0xff, note.byte);
    if (name == "expected") return read_number(text, 16, 0xff, note.expected);
    if (name == "page") return store_word(text, note.page);
    if (name == "function") return store_word(text, note.function);
    if (name == "who") return store_word(text, note.who) && (text == "device" || find_actor(text));
    if (name == "kind") {
        note.kind = text;
        return text == "GET R" || text == "GET W" || text == "PIN R" || text == "PIN W";
    }
    note.verdict = text;
    return text == "ok" || text == "DIVERGENCE";
}

bool match(std::string_view pattern, std::string_view text, TraceNote& note) {
    while (!pattern.empty()) {
        if (pattern.front() != '{') {
            if (text.empty() || text.front() != pattern.front()) return false;
            pattern.remove_prefix(1);
            text.remove_prefix(1);
            continue;
        }
        const std::size_t close = pattern.find('}');
        const std::string_view name = pattern.substr(1, close - 1);
        pattern.remove_prefix(close + 1);
        // A field ends where the pattern's next character comes.
        const std::size_t end = pattern.empty() ? text.size() : text.find(pattern.front());
        if (end == std::string_view::npos || !store_field(name, text.substr(0, end), note)) return false;
        text.remove_prefix(end);
    }
    return text.empty();
}

} // namespace

const char* name_of(TraceActor actor) {
    constexpr std::array<const char*, trace_actor_count> names{"P", "C", "D", "T"};
    return names[static_cast<std::size_t>(actor)];
}

const char* name_of(TraceSwap swap) { return swap == TraceSwap::nvme ? "nvme" : "zram"; }

const char* name_of(TraceResult result) {
    switch (result) {
    case TraceResult::consistent: return "consistent";
    case TraceResult::divergence: return "DIVERGENCE";
    case TraceResult::unforced: break;
    }
    return "unforced";
}

checker::Result<TraceStep> parse_trace_step(std::string_view text) {
    TraceStep step;
    step.text = text;
    Words words = split(text);
    if (words.size() < 2) return wrong(text, "is no actor and operation, as \"P load 0\" is");
    const auto actor = find_actor(words[0]);
    if (!actor) return wrong(text, "begins with no actor: they are P, C, D and T");
    step.actor = *actor;
    const StepForm* const form = find_form(words[1]);
    if (form == nullptr)
        return wrong(text, "has no operation " + checker::in_quotes(words[1]) + " to do", nearest_operation(words[1]));
    step.code = form->code;
    if (words.size() >= 4 && words[words.size() - 2] == "at") {
        if (step.actor != TraceActor::T)
            return wrong(text, "stops an actor that only runs; T is the one to be stopped");
        if (!is_word(words.back())) return wrong(text, "names no function after \"at\"");
        step.stops_at = words.back();
        words.resize(words.size() - 2);
    }
    words.erase(words.begin(), words.begin() + 2);
    if (auto error = read_arguments(words, form->arguments, step)) return *error;
    return step;
}

std::optional<TraceNote> parse_trace_note(std::string_view text) {
    for (const NoteForm& form : note_forms) {
        TraceNote note;
        note.text = text;
        note.code = form.code;
        if (match(form.pattern, text, note)) return note;
    }
    return std::nullopt;
}

} // namespace model
