//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};

use attentive_grader::{Case, CaseError, Exercise, Reply, exercise, uniform};
use ndarray::{Array1, ArrayView1, ArrayView2};
use sampling::{Beam, Search};

/// One correct way of writing each function.
struct Ways {
    temperature: fn(ArrayView1<'_, f32>, f32) -> Array1<f32>,
    top_k: fn(ArrayView1<'_, f32>, usize) -> Array1<f32>,
    top_p: fn(ArrayView1<'_, f32>, f32) -> Array1<f32>,
    repetition_penalty: fn(ArrayView1<'_, f32>, &[usize], f32) -> Array1<f32>,
    draw: fn(ArrayView1<'_, f32>, f32) -> usize,
    beam_search: fn(&[usize], &mut dyn FnMut(&[usize]) -> Array1<f32>, &Search) -> Vec<Beam>,
}

impl Ways {
    fn graded(&'static self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("temperature", |case| {
                let logits = (self.temperature)(case.view("logits")?, case.number("temperature")?);
                Ok(case.reply("logits", logits))
            })
            .task("top_k", |case| {
                Ok(case.reply(
                    "logits",
                    (self.top_k)(case.view("logits")?, case.size("k")?),
                ))
            })
            .task("top_p", |case| {
                Ok(case.reply(
                    "logits",
                    (self.top_p)(case.view("logits")?, case.number("p")?),
                ))
            })
            .task("repetition_penalty", |case| {
                let (written, penalty) = (case.sizes("written")?, case.number("penalty")?);
                let logits = (self.repetition_penalty)(case.view("logits")?, &written, penalty);
                Ok(case.reply("logits", logits))
            })
            .task("draw", |case| self.draws(case))
            .task("next_token", |case| self.next_tokens(case))
            .task("beam_search", |case| self.beams(case))
    }

    fn draws(&self, case: &Case) -> Result<Reply, CaseError> {
        let logits = case.view("logits")?;
        let u: ArrayView1<'_, f32> = case.view("u")?;
        let tokens: Vec<usize> = u.iter().map(|&u| (self.draw)(logits, u)).collect();
        let mut drawn = tokens.clone();
        if case.inputs.contains_key("draws") {
            let random = uniform(case.size("seed")? as u64).take(case.size("draws")?);
            drawn.extend(random.map(|u| (self.draw)(logits, u)));
        }
        let mut shares = Array1::<f32>::zeros(logits.len());
        for &token in &drawn {
            shares[token] += 1.0 / drawn.len() as f32;
        }
        let removed = drawn.iter().filter(|&&token| logits[token].is_infinite());
        let removed = removed.count();
        Ok(Reply::default()
            .and_ids("tokens", Array1::from(tokens))
            .and("shares", shares)
            .and_count("removed", removed))
    }

    fn next_tokens(&self, case: &Case) -> Result<Reply, CaseError> {
        let written = case.sizes("written")?;
        let penalty = case.number("repetition_penalty")?;
        let logits = (self.repetition_penalty)(case.view("logits")?, &written, penalty);
        let logits = (self.temperature)(logits.view(), case.number("temperature")?);
        let logits = (self.top_k)(logits.view(), case.size("top_k")?);
        let logits = (self.top_p)(logits.view(), case.number("top_p")?);
        let u: ArrayView1<'_, f32> = case.view("u")?;
        let tokens = u.iter().map(|&u| (self.draw)(logits.view(), u));
        Ok(Reply::default().and_ids("tokens", tokens.collect::<Array1<_>>()))
    }

    fn beams(&self, case: &Case) -> Result<Reply, CaseError> {
        let table: ArrayView2<'_, f32> = case.view("table")?;
        let search = Search {
            width: case.size("width")?,
            longest: case.size("longest")?,
            end: case.size("end")?,
            length_penalty: case.number("length_penalty")?,
        };
        let mut calls = 0;
        let mut next = |text: &[usize]| {
            calls += 1;
            let row = text
                .iter()
                .fold(0, |row, token| (3 * row + token + 1) % table.nrows());
            table.row(row).to_owned()
        };
        let beams = (self.beam_search)(&case.sizes("prompt")?, &mut next, &search);
        let texts: Vec<String> = beams.iter().map(|beam| text(&beam.tokens)).collect();
        Ok(Reply::default()
            .and_texts("beams", &texts)
            .and(
                "log_probabilities",
                beams
                    .iter()
                    .map(|beam| beam.log_probability)
                    .collect::<Array1<_>>(),
            )
            .and(
                "scores",
                beams.iter().map(|beam| beam.score).collect::<Array1<_>>(),
            )
            .and_count("calls", calls))
    }
}

fn text(tokens: &[usize]) -> String {
    tokens
        .iter()
        .map(usize::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

/// A number that has an order.
#[derive(PartialEq)]
struct Ordered(f32);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The logits of the tokens that stay; the others are −∞.
fn only(logits: ArrayView1<'_, f32>, stays: impl Fn(usize) -> bool) -> Array1<f32> {
    let mut kept = logits.to_owned();
    for (token, logit) in kept.indexed_iter_mut() {
        if !stays(token) {
            *logit = f32::NEG_INFINITY;
        }
    }
    kept
}

/// The softmax in f64, without a maximum: the logits of the cases are small.
fn softmax_in_f64(logits: ArrayView1<'_, f32>) -> Array1<f64> {
    let exponentials = logits.mapv(|logit| f64::from(logit).exp());
    &exponentials / exponentials.sum()
}

/// The tokens from the most probable to the least.
fn order(logits: ArrayView1<'_, f32>) -> Vec<usize> {
    let mut tokens: Vec<usize> = (0..logits.len()).collect();
    tokens.sort_by(|&a, &b| {
        logits[b]
            .partial_cmp(&logits[a])
            .unwrap_or(Ordering::Equal)
            .then(a.cmp(&b))
    });
    tokens
}

fn beam(tokens: Vec<usize>, log_probability: f32, search: &Search) -> Beam {
    let length = tokens.len().max(1) as f32;
    Beam {
        score: log_probability / length.powf(search.length_penalty),
        log_probability,
        tokens,
    }
}

#[test]
fn sums_in_f64_and_sets() {
    static WAYS: Ways = Ways {
        temperature: by_argmax,
        top_k: by_removing_the_smallest,
        top_p: by_sums_in_f64,
        repetition_penalty: by_set,
        draw: by_sums_of_f64,
        beam_search: with_ended_beams_apart,
    };
    WAYS.graded().accept();
}

fn by_argmax(logits: ArrayView1<'_, f32>, temperature: f32) -> Array1<f32> {
    if temperature > 0.0 {
        return logits.mapv(|logit| (f64::from(logit) / f64::from(temperature)) as f32);
    }
    let mut best = 0;
    for token in 1..logits.len() {
        if logits[token] > logits[best] {
            best = token;
        }
    }
    let mut greedy = Array1::from_elem(logits.len(), f32::NEG_INFINITY);
    greedy[best] = logits[best];
    greedy
}

/// Removes the last of the smallest, again and again.
fn by_removing_the_smallest(logits: ArrayView1<'_, f32>, k: usize) -> Array1<f32> {
    let mut kept: BTreeSet<usize> = (0..logits.len()).collect();
    while kept.len() > k {
        let smallest = kept.iter().copied().min_by(|&a, &b| {
            logits[a]
                .partial_cmp(&logits[b])
                .unwrap_or(Ordering::Equal)
                .then(b.cmp(&a))
        });
        kept.remove(&smallest.expect("more than k are left"));
    }
    only(logits, |token| kept.contains(&token))
}

fn by_sums_in_f64(logits: ArrayView1<'_, f32>, p: f32) -> Array1<f32> {
    let probabilities = softmax_in_f64(logits);
    let (mut sum, mut kept) = (0.0, HashSet::new());
    for token in order(logits) {
        if sum >= f64::from(p) {
            break;
        }
        kept.insert(token);
        sum += probabilities[token];
    }
    only(logits, |token| kept.contains(&token))
}

fn by_set(logits: ArrayView1<'_, f32>, written: &[usize], penalty: f32) -> Array1<f32> {
    let mut penalized = logits.to_owned();
    for token in written.iter().collect::<HashSet<_>>() {
        if penalized[*token] < 0.0 {
            penalized[*token] *= penalty;
        } else {
            penalized[*token] /= penalty;
        }
    }
    penalized
}

fn by_sums_of_f64(logits: ArrayView1<'_, f32>, u: f32) -> usize {
    let probabilities = softmax_in_f64(logits);
    let mut sum = 0.0;
    for (token, probability) in probabilities.iter().enumerate() {
        sum += probability;
        if f64::from(u) < sum {
            return token;
        }
    }
    let possible = (0..logits.len())
        .rev()
        .find(|&token| probabilities[token] > 0.0);
    possible.expect("a token has a probability")
}

/// Ended beams are in a list of their own, and compete with the others for the width.
fn with_ended_beams_apart(
    prompt: &[usize],
    next: &mut dyn FnMut(&[usize]) -> Array1<f32>,
    search: &Search,
) -> Vec<Beam> {
    let mut ended: Vec<Beam> = vec![];
    let mut growing: Vec<(Vec<usize>, f32)> = vec![(vec![], 0.0)];
    for _ in 0..search.longest {
        if growing.is_empty() {
            break;
        }
        let mut all = ended.clone();
        for (tokens, sum) in &growing {
            let mut text = prompt.to_vec();
            text.extend(tokens);
            let logs = sampling::log_probabilities(next(&text).view());
            for token in 0..logs.len() {
                let mut tokens = tokens.clone();
                tokens.push(token);
                all.push(beam(tokens, sum + logs[token], search));
            }
        }
        all.sort_by(|a, b| b.score.partial_cmp(&a.score).unwrap_or(Ordering::Equal));
        all.truncate(search.width);
        ended = all
            .iter()
            .filter(|beam| beam.tokens.ends_with(&[search.end]))
            .cloned()
            .collect();
        growing = all
            .iter()
            .filter(|beam| !beam.tokens.ends_with(&[search.end]))
            .map(|beam| (beam.tokens.clone(), beam.log_probability))
            .collect();
    }
    for (tokens, sum) in growing {
        ended.push(beam(tokens, sum, search));
    }
    ended.sort_by(|a, b| b.score.total_cmp(&a.score));
    ended
}

#[test]
fn thresholds_and_counted_equals() {
    static WAYS: Ways = Ways {
        temperature: by_reciprocal,
        top_k: by_threshold_and_count,
        top_p: by_what_is_before,
        repetition_penalty: by_factor,
        draw: by_subtraction,
        beam_search: with_best_continuations_only,
    };
    WAYS.graded().accept();
}

fn by_reciprocal(logits: ArrayView1<'_, f32>, temperature: f32) -> Array1<f32> {
    if temperature == 0.0 {
        by_argmax(logits, 0.0)
    } else {
        logits.mapv(|logit| logit * (1.0 / temperature))
    }
}

/// Keeps what is above the k-th largest, and as many of its equals as there is room for.
fn by_threshold_and_count(logits: ArrayView1<'_, f32>, k: usize) -> Array1<f32> {
    if k >= logits.len() {
        return logits.to_owned();
    }
    let mut sorted = logits.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let threshold = sorted[k - 1];
    let mut room = k - logits.iter().filter(|&&logit| logit > threshold).count();
    let mut kept = logits.to_owned();
    for logit in &mut kept {
        if *logit == threshold && room > 0 {
            room -= 1;
        } else if *logit <= threshold {
            *logit = f32::NEG_INFINITY;
        }
    }
    kept
}

/// Removes a token if those before it in the ranking have `p` without it.
fn by_what_is_before(logits: ArrayView1<'_, f32>, p: f32) -> Array1<f32> {
    let probabilities = sampling::probabilities(logits);
    let order = order(logits);
    let sorted: Vec<f32> = order.iter().map(|&token| probabilities[token]).collect();
    let mut kept = logits.to_owned();
    for rank in (0..order.len()).rev() {
        let before: f32 = sorted[..rank].iter().sum();
        if before >= p {
            kept[order[rank]] = f32::NEG_INFINITY;
        }
    }
    kept
}

fn by_factor(logits: ArrayView1<'_, f32>, written: &[usize], penalty: f32) -> Array1<f32> {
    let factors = Array1::from_shape_fn(logits.len(), |token| {
        match (written.contains(&token), logits[token] >= 0.0) {
            (false, _) => 1.0,
            (true, true) => 1.0 / penalty,
            (true, false) => penalty,
        }
    });
    &logits * &factors
}

fn by_subtraction(logits: ArrayView1<'_, f32>, u: f32) -> usize {
    let (mut left, mut last) = (u, 0);
    for (token, &probability) in sampling::probabilities(logits).iter().enumerate() {
        if probability == 0.0 {
            continue;
        }
        if left < probability {
            return token;
        }
        left -= probability;
        last = token;
    }
    last
}

/// Keeps no more than the width of each beam's continuations.
fn with_best_continuations_only(
    prompt: &[usize],
    next: &mut dyn FnMut(&[usize]) -> Array1<f32>,
    search: &Search,
) -> Vec<Beam> {
    let mut beams = vec![beam(vec![], 0.0, search)];
    let mut step = 0;
    let has_ended = |beam: &Beam| beam.tokens.last().is_some_and(|&token| token == search.end);
    while step < search.longest && !beams.iter().all(has_ended) {
        let (mut candidates, growing): (Vec<_>, Vec<_>) = beams.into_iter().partition(has_ended);
        for parent in growing {
            let logits = next(&[prompt, &parent.tokens[..]].concat());
            let total = logits.mapv(|logit| f64::from(logit).exp()).sum().ln() as f32;
            for token in order(logits.view()).into_iter().take(search.width) {
                let mut tokens = parent.tokens.clone();
                tokens.push(token);
                candidates.push(beam(
                    tokens,
                    parent.log_probability + logits[token] - total,
                    search,
                ));
            }
        }
        candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        beams = candidates.into_iter().take(search.width).collect();
        step += 1;
    }
    beams
}

#[test]
fn heaps_masks_and_unnormalised_sums() {
    static WAYS: Ways = Ways {
        temperature: by_mask,
        top_k: by_heap,
        top_p: by_selection_of_the_largest,
        repetition_penalty: by_minimum_and_maximum,
        draw: by_exponentials_times_the_sum,
        beam_search: in_f64_with_a_heap,
    };
    WAYS.graded().accept();
}

fn by_mask(logits: ArrayView1<'_, f32>, temperature: f32) -> Array1<f32> {
    if temperature != 0.0 {
        return logits.to_owned() / temperature;
    }
    let largest = logits.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let first = logits.iter().position(|&logit| logit == largest);
    let tokens = logits.indexed_iter();
    tokens
        .map(|(token, &logit)| {
            if Some(token) == first {
                logit
            } else {
                f32::NEG_INFINITY
            }
        })
        .collect()
}

/// Takes the largest out of a heap, `k` times.
fn by_heap(logits: ArrayView1<'_, f32>, k: usize) -> Array1<f32> {
    let mut heap: BinaryHeap<(Ordered, Reverse<usize>)> = BinaryHeap::new();
    for (token, &logit) in logits.indexed_iter() {
        heap.push((Ordered(logit), Reverse(token)));
    }
    let mut kept = Array1::from_elem(logits.len(), f32::NEG_INFINITY);
    for _ in 0..k {
        let Some((Ordered(logit), Reverse(token))) = heap.pop() else {
            break;
        };
        kept[token] = logit;
    }
    kept
}

/// Looks for the largest that is left, until `p` is reached.
fn by_selection_of_the_largest(logits: ArrayView1<'_, f32>, p: f32) -> Array1<f32> {
    let mut left = sampling::probabilities(logits).to_vec();
    let mut kept = Array1::from_elem(logits.len(), f32::NEG_INFINITY);
    let mut missing = p;
    while missing > 0.0 {
        let mut best = 0;
        for token in 0..left.len() {
            if left[token] > left[best] {
                best = token;
            }
        }
        if left[best] <= 0.0 {
            break; // nothing is left, and rounding has kept the sum below p
        }
        kept[best] = logits[best];
        missing -= left[best];
        left[best] = -1.0;
    }
    kept
}

/// The smaller of product and quotient, if the penalty is above 1; else the larger.
fn by_minimum_and_maximum(
    logits: ArrayView1<'_, f32>,
    written: &[usize],
    penalty: f32,
) -> Array1<f32> {
    let mut penalized = logits.to_owned();
    for &token in written {
        let (product, quotient) = (logits[token] * penalty, logits[token] / penalty);
        penalized[token] = if penalty >= 1.0 {
            product.min(quotient)
        } else {
            product.max(quotient)
        };
    }
    penalized
}

/// Stretches u instead of shrinking the exponentials.
fn by_exponentials_times_the_sum(logits: ArrayView1<'_, f32>, u: f32) -> usize {
    let largest = logits.fold(f32::NEG_INFINITY, |a, &b| a.max(b));
    let exponentials = logits.mapv(|logit| (logit - largest).exp());
    let point = u * exponentials.sum();
    let mut drawn = 0;
    let mut begin = 0.0;
    for (token, &length) in exponentials.iter().enumerate() {
        if length > 0.0 && begin <= point {
            drawn = token;
        }
        begin += length;
    }
    drawn
}

/// All in f64; a heap keeps the best.
fn in_f64_with_a_heap(
    prompt: &[usize],
    next: &mut dyn FnMut(&[usize]) -> Array1<f32>,
    search: &Search,
) -> Vec<Beam> {
    let score =
        |sum: f64, length: usize| sum * (length as f64).powf(-f64::from(search.length_penalty));
    let mut beams: Vec<(Vec<usize>, f64)> = vec![(vec![], 0.0)];
    for _ in 0..search.longest {
        let mut heap = BinaryHeap::new();
        let mut offer = |tokens: Vec<usize>, sum: f64| {
            heap.push((
                Reverse(Ordered(score(sum, tokens.len()) as f32)),
                tokens,
                sum.to_bits(),
            ));
            if heap.len() > search.width {
                heap.pop();
            }
        };
        for (tokens, sum) in beams {
            if tokens.last() == Some(&search.end) {
                offer(tokens, sum);
                continue;
            }
            let logs = softmax_in_f64(next(&[prompt, &tokens].concat()).view()).ln();
            for (token, log) in logs.iter().enumerate() {
                offer([&tokens[..], &[token]].concat(), sum + log);
            }
        }
        beams = heap
            .into_sorted_vec()
            .into_iter()
            .map(|(_, tokens, sum)| (tokens, f64::from_bits(sum)))
            .collect();
    }
    let beams = beams.into_iter().map(|(tokens, sum)| Beam {
        score: score(sum, tokens.len()) as f32,
        log_probability: sum as f32,
        tokens,
    });
    beams.collect()
}

#[test]
fn logarithms_and_removals_by_rank() {
    static WAYS: Ways = Ways {
        temperature: by_argmax,
        top_k: by_rank,
        top_p: by_tail_from_the_smallest,
        repetition_penalty: by_presence,
        draw: by_binary_search,
        beam_search: over_tables_of_sums,
    };
    WAYS.graded().accept();
}

/// Keeps a token if fewer than `k` come before it in the ranking.
fn by_rank(logits: ArrayView1<'_, f32>, k: usize) -> Array1<f32> {
    only(logits, |token| {
        let before = (0..logits.len()).filter(|&other| {
            logits[other] > logits[token] || logits[other] == logits[token] && other < token
        });
        before.count() < k
    })
}

/// As `transformers` does it: from the smallest up, removes what has no more than 1 − p together.
fn by_tail_from_the_smallest(logits: ArrayView1<'_, f32>, p: f32) -> Array1<f32> {
    let probabilities = sampling::probabilities(logits);
    let order = order(logits);
    let mut kept = logits.to_owned();
    let mut tail = 0.0;
    for &token in order[1..].iter().rev() {
        tail += probabilities[token];
        if tail <= 1.0 - p {
            kept[token] = f32::NEG_INFINITY;
        }
    }
    kept
}

fn by_presence(logits: ArrayView1<'_, f32>, written: &[usize], penalty: f32) -> Array1<f32> {
    let mut present = vec![false; logits.len()];
    for &token in written {
        present[token] = true;
    }
    let tokens = logits.iter().zip(&present);
    tokens
        .map(|(&logit, &present)| match present {
            true if logit.is_sign_positive() => logit / penalty,
            true => logit * penalty,
            false => logit,
        })
        .collect()
}

fn by_binary_search(logits: ArrayView1<'_, f32>, u: f32) -> usize {
    let probabilities = sampling::log_probabilities(logits).exp();
    let mut sums = Vec::new();
    let mut sum = 0.0;
    for probability in &probabilities {
        sum += probability;
        sums.push(sum);
    }
    let last = probabilities
        .iter()
        .rposition(|&probability| probability > 0.0);
    sums.partition_point(|&sum| sum <= u)
        .min(last.expect("a token has a probability"))
}

/// Keeps the sums of all texts in a table, and the logits of every text that the model was asked about.
fn over_tables_of_sums(
    prompt: &[usize],
    next: &mut dyn FnMut(&[usize]) -> Array1<f32>,
    search: &Search,
) -> Vec<Beam> {
    let mut known: HashMap<Vec<usize>, Array1<f32>> = HashMap::new();
    let mut sums: BTreeMap<Vec<usize>, f32> = BTreeMap::from([(vec![], 0.0)]);
    for _ in 0..search.longest {
        let mut continued = BTreeMap::new();
        for (tokens, sum) in &sums {
            if tokens.contains(&search.end) {
                continued.insert(tokens.clone(), *sum);
                continue;
            }
            let text = [prompt, tokens].concat();
            let logs = known
                .entry(text.clone())
                .or_insert_with(|| sampling::probabilities(next(&text).view()).ln());
            for token in 0..logs.len() {
                continued.insert([&tokens[..], &[token]].concat(), sum + logs[token]);
            }
        }
        let mut best: Vec<Beam> = continued
            .into_iter()
            .map(|(tokens, sum)| beam(tokens, sum, search))
            .collect();
        best.sort_by(|a, b| b.score.total_cmp(&a.score));
        best.truncate(search.width);
        sums = best
            .into_iter()
            .map(|beam| (beam.tokens, beam.log_probability))
            .collect();
    }
    let mut beams: Vec<Beam> = sums
        .into_iter()
        .map(|(tokens, sum)| beam(tokens, sum, search))
        .collect();
    beams.sort_by(|a, b| b.score.total_cmp(&a.score));
    beams
}
