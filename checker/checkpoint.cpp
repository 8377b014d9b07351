// SPDX-License-Identifier: GPL-2.0-only
// What is in the sections of a checkpoint, and what it belongs to; see checkpoint.hpp. The file around them is
// section_file.hpp's.
#include "checker/checkpoint.hpp"

#include "checker/frame.hpp"
#include "checker/section_file.hpp"
#include "checker/words.hpp"

#include <array>
#include <cstdio>

namespace checker {

namespace {

/// Raised whenever the content of a section, or what it means, changes.
constexpr SectionFile::Kind checkpoint_kind{.magic = "cowherd\n", .version = 4, .name = "checkpoint"};

void put(WordWriter& out, const Schedule& schedule) {
    out.put(Word{schedule.size()});
    for (const auto& [thread, choice] : schedule) out.put(Word{thread.index} << 16 | choice);
}

Schedule schedule_from(WordReader& in) {
    Schedule schedule(in.count(1));
    for (Step& step : schedule) {
        const Word word = in.word();
        if (word >> 24 != 0) in.fail();
        step = {ThreadId{static_cast<std::uint8_t>(word >> 16)}, static_cast<std::uint16_t>(word)};
    }
    return schedule;
}

constexpr std::size_t words_of_node = 7;

void put(WordWriter& out, const SearchNode& node) {
    for (const Word word : {Word{node.depth}, Word{node.kept_depth}, node.to_try, Word{node.choice}, Word{node.choices},
                            Word{node.first}, Word{node.thread.index}})
        out.put(word);
}

SearchNode node_from(WordReader& in) {
    SearchNode node{};
    node.depth = in.word();
    node.kept_depth = in.word();
    node.to_try = in.word();
    node.choice = static_cast<std::uint32_t>(in.word());
    node.choices = static_cast<std::uint32_t>(in.word());
    node.first = static_cast<std::uint32_t>(in.word());
    node.thread = ThreadId{static_cast<std::uint8_t>(in.word())};
    return node;
}

void put(WordWriter& out, const WorkItem& item) {
    out.put(static_cast<Word>(item.arrival));
    put(out, item.schedule);
    out.put(Word{item.nodes.size()});
    for (const SearchNode& node : item.nodes) put(out, node);
}

WorkItem item_from(WordReader& in) {
    WorkItem item;
    const Word arrival = in.word();
    if (arrival > static_cast<Word>(Arrival::kept)) in.fail();
    item.arrival = static_cast<Arrival>(arrival);
    item.schedule = schedule_from(in);
    item.nodes.resize(in.count(words_of_node));
    for (SearchNode& node : item.nodes) node = node_from(in);
    return item;
}

WordWriter words_of(const Identity& identity) {
    WordWriter out;
    out.put(Word{identity.size()});
    for (const auto& [name, value] : identity) {
        out.put(name);
        out.put(value);
    }
    return out;
}

Identity identity_from(WordReader& in) {
    Identity identity(in.count(2));
    for (auto& [name, value] : identity) {
        name = in.text();
        value = in.text();
    }
    return identity;
}

WordWriter words_of(const SearchCounts& counts) {
    WordWriter out;
    for (const Word word : {counts.states, counts.transitions, counts.executions, counts.max_depth,
                            counts.gains.states_alone, counts.gains.steps_left_out, counts.gains.alike_steps_left_out})
        out.put(word);
    out.put(counts.gains.symmetric_states);
    out.put(counts.seconds);
    return out;
}

SearchCounts counts_from(WordReader& in) {
    SearchCounts counts;
    for (std::uint64_t* const count :
         {&counts.states, &counts.transitions, &counts.executions, &counts.max_depth, &counts.gains.states_alone,
          &counts.gains.steps_left_out, &counts.gains.alike_steps_left_out})
        *count = in.word();
    counts.gains.symmetric_states = in.number();
    counts.seconds = in.number();
    return counts;
}

WordWriter words_of_findings(const Checkpoint& checkpoint) {
    WordWriter out;
    out.put(Word{checkpoint.violations.size()});
    for (const auto& [property, schedule] : checkpoint.violations) {
        out.put(property);
        put(out, schedule);
    }
    out.put(Word{checkpoint.final_states.size()});
    for (const Hash128& state : checkpoint.final_states) {
        out.put(state.low);
        out.put(state.high);
    }
    out.put(checkpoint.reached);
    return out;
}

void read_findings(WordReader& in, Checkpoint& checkpoint) {
    for (std::size_t left = in.count(2); left > 0; --left) {
        std::string property = in.text();
        checkpoint.violations.emplace(std::move(property), schedule_from(in));
    }
    checkpoint.final_states.resize(in.count(2));
    for (Hash128& state : checkpoint.final_states) {
        state.low = in.word();
        state.high = in.word();
    }
    checkpoint.reached = in.word();
}

WordWriter words_of(const std::vector<WorkItem>& left) {
    WordWriter out;
    out.put(Word{left.size()});
    for (const WorkItem& item : left) put(out, item);
    return out;
}

WordWriter words_of_learned(const Checkpoint& checkpoint) {
    WordWriter out;
    out.put(checkpoint.learned_digest.low);
    out.put(checkpoint.learned_digest.high);
    out.put(Word{checkpoint.learned.size()});
    for (const auto& [from, result] : checkpoint.learned) {
        out.put(Word{from});
        out.put(result);
    }
    return out;
}

void read_learned(WordReader& in, Checkpoint& checkpoint) {
    checkpoint.learned_digest.low = in.word();
    checkpoint.learned_digest.high = in.word();
    checkpoint.learned.resize(in.count(2));
    for (LearnedEdge& edge : checkpoint.learned) {
        edge.from = static_cast<std::uint32_t>(in.word());
        edge.result = in.word();
    }
}

WordWriter words_of(const VisitedTable::Image& table) {
    WordWriter out;
    out.put(table.segment_bits);
    out.put(table.lines);
    out.put(table.peak_bytes);
    return out;
}

const std::string* value_of(const Identity& identity, const std::string& name) {
    for (const auto& [known, value] : identity)
        if (known == name) return &value;
    return nullptr;
}

/// The first thing that two searches differ in, as a sentence; empty if there is none.
std::string difference(const Identity& saved, const Identity& here) {
    for (const auto& [name, value] : here) {
        const std::string* const other = value_of(saved, name);
        if (other == nullptr) return "it does not say which " + name + " it is for";
        if (*other == value) continue;
        std::string both = name + " is " + *other;
        return both.append(" there and ").append(value).append(" here");
    }
    for (const auto& [name, value] : saved)
        if (value_of(here, name) == nullptr) return "it is for a certain " + name + ", and this search has none";
    return {};
}

std::string hexadecimal(Word word) {
    std::array<char, 17> digits{};
    std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(word));
    return digits.data();
}

std::string digest_of(const Program& program) {
    Hash128 hash;
    for (const CellSpec& cell : program.cells()) {
        hash.absorb(hash_name(cell.name));
        hash.absorb(cell.initial);
        hash.absorb(cell.is_plain ? 1 : 0);
    }
    for (const ThreadSpec& thread : program.threads()) {
        hash.absorb(hash_name(thread.name));
        hash.absorb(Word{thread.first_alike.index} << 1 | (thread.daemon ? 1 : 0));
    }
    for (const Property& property : program.properties()) {
        hash.absorb(hash_name(property.name));
        hash.absorb(static_cast<Word>(property.kind));
    }
    return hexadecimal(hash.low);
}

std::string words_of(const Reductions& reductions) {
    std::string words;
    const std::pair<bool, const char*> all[] = {{reductions.choose, "choose"},
                                                {reductions.merge, "merge"},
                                                {reductions.commute && reductions.merge, "commute"},
                                                {reductions.symmetry, "symmetry"}};
    for (const auto& [is_on, word] : all)
        if (is_on) words += (words.empty() ? "" : ",") + std::string(word);
    return words.empty() ? "none" : words;
}

const char* word_of(Engine engine) {
    switch (engine) {
    case Engine::automata: return "automata";
    case Engine::fibers: return "fibers";
    case Engine::replay: break;
    }
    return "replay";
}

} // namespace

Identity identity_of(const Program& program, const SearchOptions& options) {
    Identity identity = options.checkpoint.identity;
    const auto yes_or_no = [](bool is_on) { return is_on ? "yes" : "no"; };
    identity.emplace_back("the reduction", words_of(options.reductions));
    identity.emplace_back("the engine", word_of(options.engine));
    identity.emplace_back("to stop at the first violation", yes_or_no(options.stop_at_first));
    identity.emplace_back("the number of steps without a forget", std::to_string(options.max_steps_without_forget));
    identity.emplace_back("the seed of fingerprints", std::to_string(options.seed));
    identity.emplace_back("to collect final states", yes_or_no(options.collect_final_states));
    identity.emplace_back("the digest of the program", digest_of(program));
    return identity;
}

std::string fault_of_checkpointing(const SearchOptions& options) {
    const Checkpointing& wanted = options.checkpoint;
    if (wanted.save_to.empty() && wanted.resume_from.empty()) return {};
    if (options.strategy != Strategy::stateful || options.livelock)
        return "only a search by the strategy stateful can be saved and gone on with";
    if (options.when_full != WhenFull::stop)
        return "a search that goes on with less exact states cannot be saved: stop it when memory is full, and go on "
               "with more memory";
    if (options.reductions.merge)
        return "a search that merges steps cannot be saved, for what it learns on the way is not: leave the reduction "
               "merge out";
    return {};
}

std::optional<std::string> write_checkpoint(const std::string& path, const Identity& identity,
                                            const Checkpoint& checkpoint, const VisitedTable::Image& table) {
    const WordWriter belongs_to = words_of(identity);
    const WordWriter counts = words_of(checkpoint.counts);
    const WordWriter findings = words_of_findings(checkpoint);
    const WordWriter left = words_of(checkpoint.left);
    const WordWriter learned = words_of_learned(checkpoint);
    const WordWriter shape = words_of(table);
    return SectionFile::write(path, checkpoint_kind,
                              {{"identity", belongs_to.words(), {}},
                               {"counts", counts.words(), {}},
                               {"findings", findings.words(), {}},
                               {"left", left.words(), {}},
                               {"learned", learned.words(), {}},
                               {"table", shape.words(), table.slots}});
}

std::string read_checkpoint(const std::string& path, const Identity& identity, Checkpoint& checkpoint,
                            VisitedTable& table) {
    const auto opened = SectionFile::open(path, checkpoint_kind);
    if (!opened) return path + ": " + opened.error().message;
    const SectionFile& file = opened.value();
    WordReader belongs_to(file.section("identity"));
    const Identity saved = identity_from(belongs_to);
    if (belongs_to.is_done())
        if (const std::string other = difference(saved, identity); !other.empty())
            return path + ": the checkpoint is of another search: " + other;

    WordReader counts(file.section("counts"));
    checkpoint.counts = counts_from(counts);
    WordReader findings(file.section("findings"));
    read_findings(findings, checkpoint);
    WordReader left(file.section("left"));
    checkpoint.left.resize(left.count(3));
    for (WorkItem& item : checkpoint.left) item = item_from(left);
    WordReader learned(file.section("learned"));
    read_learned(learned, checkpoint);
    WordReader shape(file.section("table"));
    VisitedTable::Image image;
    image.segment_bits = shape.word();
    image.lines = shape.word();
    image.peak_bytes = shape.word();
    image.slots = shape.rest();
    for (const WordReader* const section : {&belongs_to, &counts, &findings, &left, &learned, &shape})
        if (!section->is_done()) return path + ": the checkpoint contradicts itself; search again from the beginning";

    switch (table.restore(image)) {
    case VisitedTable::Restored::done: return {};
    case VisitedTable::Restored::no_room:
        return path + ": its table of visited states takes " + std::to_string((image.slots.size_bytes() >> 20) + 1) +
               " MiB, which is more than there may be; allow more memory";
    case VisitedTable::Restored::damaged: break;
    }
    return path + ": the checkpoint's table is of no possible size; search again from the beginning";
}

} // namespace checker
