// SPDX-License-Identifier: GPL-2.0-only
// Walks through the states of a certificate from the program's first one on; see verify.hpp.
#include "certificate/verify.hpp"

#include "certificate/threads.hpp"
#include "checker/perform.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <exception>

namespace certificate {

using checker::CellId;
using checker::Cells;
using checker::Operation;
using checker::OpKind;
using checker::Program;
using checker::Property;
using checker::PropertyKind;
using checker::Schedule;
using checker::Step;
using checker::ThreadId;
using checker::ThreadSpec;

namespace {

std::vector<Word> initial_words(const Program& program) {
    std::vector<Word> words;
    for (const checker::CellSpec& cell : program.cells()) words.push_back(cell.initial);
    return words;
}

std::string describe(const Program& program, std::size_t thread, const Operation& op, Step step) {
    std::string text = "thread '" + program.threads()[thread].name + "', " + op.label;
    if (op.kind == OpKind::choose) text += " of " + std::to_string(step.choice);
    if (op.where.line != 0)
        text += " in " + std::string(op.where.function) + "(), line " + std::to_string(op.where.line);
    return text;
}

/// One of them writes: two accesses of the one cell, of which one at least is plain.
bool is_race(const Program& program, const Operation& a, const Operation& b) {
    const auto is_access = [](const Operation& op) {
        return op.kind >= OpKind::load && op.kind <= OpKind::write_unlock;
    };
    return is_access(a) && is_access(b) && a.cell == b.cell && program.cells()[a.cell.index].is_plain &&
           (a.is_plain || b.is_plain) && (a.mask & b.mask) != 0 && (a.kind != OpKind::load || b.kind != OpKind::load);
}

class Verifier {
public:
    Verifier(const Program& program, const Certificate& certificate)
        : program_(program),
          certificate_(certificate),
          layout_(certificate, program),
          threads_(program, certificate),
          cells_(initial_words(program), std::vector<Word>(program.cells().size()), program.context(), 0),
          come_from_(certificate.count, unreached),
          last_step_(certificate.count),
          numbers_(layout_.fields()),
          was_reached_(program.properties().size()) {
        cells_.set_hashing(false);
    }

    Verification run() {
        if (!threads_.fault().empty()) fail(threads_.fault());
        begin();
        while (result_.fault.empty() && !to_visit_.empty()) {
            state_ = to_visit_.front();
            to_visit_.pop_front();
            visit();
        }
        if (result_.fault.empty()) look_at_the_whole();
        return std::move(result_);
    }

private:
    static constexpr std::uint32_t unreached = ~std::uint32_t{0};
    static inline const std::string leads_out = "it leads to a state that is not in the certificate";

    void fail(std::string fault) {
        if (result_.fault.empty()) result_.fault = std::move(fault);
    }
    void fail_here(const std::string& fault) {
        if (!result_.fault.empty()) return;
        fail("state " + std::to_string(state_) + ": " + fault);
        result_.schedule = way_to(state_);
    }
    void fail_in_step(Step step, const std::string& fault) {
        if (!result_.fault.empty()) return;
        fail_here(describe(program_, step.thread.index, pending(step.thread.index), step) + ": " + fault);
        result_.schedule.push_back(step);
    }

    Schedule way_to(std::uint32_t state) const {
        Schedule way;
        for (; come_from_[state] != state; state = come_from_[state]) way.push_back(last_step_[state]);
        std::reverse(way.begin(), way.end());
        return way;
    }

    const Operation& pending(std::size_t thread) const { return threads_.pending(thread, numbers_[thread]); }

    /// The number of the state with these fields, or `unreached` if the certificate has none.
    std::uint32_t find(const std::vector<std::uint32_t>& numbers) const {
        std::string wanted(layout_.bytes(), '\0');
        for (std::size_t field = 0; field < numbers.size(); ++field) layout_.put(wanted.data(), field, numbers[field]);
        std::uint64_t low = 0;
        for (std::uint64_t high = certificate_.count; low < high;) {
            const std::uint64_t middle = (low + high) / 2;
            const int order = std::memcmp(bytes_of(middle), wanted.data(), wanted.size());
            if (order == 0) return static_cast<std::uint32_t>(middle);
            (order < 0 ? low : high) = order < 0 ? middle + 1 : middle;
        }
        return unreached;
    }
    const char* bytes_of(std::uint64_t state) const { return certificate_.states.data() + state * layout_.bytes(); }

    void begin() {
        std::vector<std::uint32_t> numbers(layout_.fields());
        for (std::size_t n = 0; n < certificate_.columns.size(); ++n)
            if (!note_word(numbers, n, program_.cells()[certificate_.columns[n].cell].initial))
                return fail(
                    "the program's first state is not in the certificate: no state has the first word of cell '" +
                    program_.cells()[certificate_.columns[n].cell].name + "'");
        const std::uint32_t first = find(numbers);
        if (first == unreached) return fail("the program's first state is not in the certificate");
        come_from_[first] = first;
        to_visit_.push_back(first);
    }

    /// Writes which word the cell of column `n` has into the fields of a state. Returns false if no state has it.
    bool note_word(std::vector<std::uint32_t>& numbers, std::size_t n, Word word) const {
        const std::vector<Word>& words = certificate_.columns[n].words;
        const auto at = std::lower_bound(words.begin(), words.end(), word);
        if (at == words.end() || *at != word) return false;
        numbers[certificate_.threads.size() + n] = static_cast<std::uint32_t>(at - words.begin());
        return true;
    }

    /// Cells and threads as in `state_`.
    void load() {
        cells_.reset();
        for (std::size_t field = 0; field < layout_.fields(); ++field)
            numbers_[field] = layout_.get(bytes_of(state_), field);
        for (std::size_t n = 0; n < certificate_.columns.size(); ++n) {
            const Column& column = certificate_.columns[n];
            cells_.poke(CellId{column.cell}, column.words[numbers_[certificate_.threads.size() + n]]);
        }
    }

    void visit() {
        load();
        look_at_properties();
        bool is_end = true;
        for (std::uint8_t thread = 0; thread < program_.threads().size() && result_.fault.empty(); ++thread) {
            const Operation& op = pending(thread);
            if (is_blocked(op, cells_)) continue;
            is_end = false;
            const Word choices = op.kind == OpKind::choose ? op.value : 1;
            for (Word choice = 0; choice < choices && result_.fault.empty(); ++choice)
                take({ThreadId{thread}, static_cast<std::uint16_t>(choice)});
        }
        if (is_end) look_at_end();
    }

    /// Takes a step from the state that was loaded, and leaves the cells as they were.
    void take(Step step) {
        ++result_.transitions;
        const std::size_t position = cells_.log_position();
        const char* misuse = nullptr;
        const Word result = perform(cells_, pending(step.thread.index), step.choice, misuse);
        if (misuse != nullptr) fail_in_step(step, std::string("the thread ") + misuse);
        const auto next = threads_.after(step.thread.index, numbers_[step.thread.index], result);
        if (!threads_.fault().empty()) fail_in_step(step, threads_.fault());
        if (!next)
            fail_in_step(step, leads_out + ": none goes on from a result of " + std::to_string(result));
        else if (result_.fault.empty())
            arrive(step, *next, position);
        cells_.rewind(position, cells_.hash());
    }

    /// The step has led to these cells and the thread to this local state: that state must be one of the certificate.
    void arrive(Step step, std::uint32_t local, std::size_t position) {
        std::vector<std::uint32_t> numbers = numbers_;
        numbers[step.thread.index] = local;
        sort_alike(numbers);
        for (std::size_t write = position; write < cells_.log().size(); ++write) {
            const CellId cell = cells_.log()[write].cell;
            const auto column =
                std::lower_bound(certificate_.columns.begin(), certificate_.columns.end(), cell.index,
                                 [](const Column& candidate, std::uint16_t wanted) { return candidate.cell < wanted; });
            const bool is_column = column != certificate_.columns.end() && column->cell == cell.index;
            const bool is_known =
                is_column ? note_word(numbers, static_cast<std::size_t>(column - certificate_.columns.begin()),
                                      cells_.peek(cell))
                          : cells_.peek(cell) == program_.cells()[cell.index].initial;
            if (!is_known)
                return fail_in_step(step, leads_out + ": in none is cell '" + program_.cells()[cell.index].name + "' " +
                                              std::to_string(cells_.peek(cell)));
        }
        const std::uint32_t next = find(numbers);
        if (next == unreached) return fail_in_step(step, leads_out);
        if (come_from_[next] != unreached) return;
        come_from_[next] = state_;
        last_step_[next] = step;
        to_visit_.push_back(next);
    }

    /// Among threads that are alike the one with the lesser local state comes first.
    void sort_alike(std::vector<std::uint32_t>& numbers) const {
        if (!certificate_.symmetric) return;
        for (std::size_t thread = 1; thread < program_.threads().size(); ++thread)
            for (std::size_t at = thread;
                 at > 0 && owner_of(certificate_, program_, at - 1) == owner_of(certificate_, program_, thread) &&
                 numbers[at - 1] > numbers[at];
                 --at)
                std::swap(numbers[at - 1], numbers[at]);
    }

    void look_at_properties() {
        for (std::size_t n = 0; n < program_.properties().size(); ++n) {
            const Property& property = program_.properties()[n];
            if (property.kind == PropertyKind::sometimes && !was_reached_[n])
                was_reached_[n] = property.holds(cells_.view());
            if ((property.kind == PropertyKind::always && !property.holds(cells_.view())) ||
                (property.kind == PropertyKind::no_data_race && has_race()))
                fail_here("property '" + property.name + "' is violated");
        }
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread)
            if (pending(thread).kind == OpKind::failed)
                fail_here("an assertion of thread '" + program_.threads()[thread].name +
                          "' has failed: " + pending(thread).label);
    }

    bool has_race() const {
        for (std::size_t a = 0; a < program_.threads().size(); ++a)
            for (std::size_t b = a + 1; b < program_.threads().size(); ++b)
                if (is_race(program_, pending(a), pending(b))) return true;
        return false;
    }

    void look_at_end() {
        ++result_.ends;
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread) {
            const ThreadSpec& spec = program_.threads()[thread];
            if (pending(thread).kind != OpKind::finished && !spec.daemon)
                return fail_here("a deadlock: nothing is enabled, and thread '" + spec.name + "' has not finished");
        }
        for (const Property& property : program_.properties())
            if (property.kind == PropertyKind::at_end && !property.holds(cells_.view()))
                return fail_here("property '" + property.name + "' is violated at the end");
    }

    void look_at_the_whole() {
        const auto foreign = std::find(come_from_.begin(), come_from_.end(), unreached);
        if (foreign != come_from_.end())
            return fail("state " + std::to_string(foreign - come_from_.begin()) + " cannot be reached");
        if (const std::string unused = threads_.unused(); !unused.empty()) return fail(unused);
        if (result_.ends == 0) return fail("the program never ends");
        for (std::size_t n = 0; n < was_reached_.size(); ++n)
            if (program_.properties()[n].kind == PropertyKind::sometimes && !was_reached_[n])
                return fail("'" + program_.properties()[n].name + "' is true in no state");
    }

    const Program& program_;
    const Certificate& certificate_;
    const Layout layout_;
    Threads threads_;
    Cells cells_;
    std::vector<std::uint32_t> come_from_; ///< by state: the one before it; of the first, itself
    std::vector<Step> last_step_;          ///< by state: the step that leads to it from there
    std::deque<std::uint32_t> to_visit_;
    std::uint32_t state_ = 0;            ///< the one that is looked at
    std::vector<std::uint32_t> numbers_; ///< its fields
    std::vector<bool> was_reached_;      ///< by property
    Verification result_;
};

} // namespace

Verification verify(const Program& program, const Certificate& certificate) {
    try {
        return Verifier(program, certificate).run();
    } catch (const std::exception& thrown) {
        return {.fault = std::string("an operation or property of the program throws: ") + thrown.what(),
                .schedule = {}};
    }
}

} // namespace certificate
