//! Correct ways of solving the exercise that differ from the solution: the grader has to accept every one.

use adamw::{Moments, Schedule, Settings};
use attentive_grader::{Case, CaseError, Exercise, Reply, exercise};
use ndarray::{Array1, ArrayD, ArrayViewD, Axis, IxDyn, Zip, arr0, stack};

type AdamwStep = fn(
    ArrayViewD<'_, f32>,
    ArrayViewD<'_, f32>,
    &Moments,
    usize,
    f32,
    &Settings,
) -> (ArrayD<f32>, Moments);

/// One correct way of writing each function.
struct Ways {
    adamw_step: AdamwStep,
    clip: fn(&[ArrayViewD<'_, f32>], f32) -> (Vec<ArrayD<f32>>, f32),
    learning_rate: fn(usize, &Schedule) -> f32,
}

impl Ways {
    fn graded(&'static self) -> Exercise {
        exercise(env!("CARGO_MANIFEST_DIR"))
            .task("adamw_step", |case| self.steps(case))
            .task("clip", |case| {
                let names = ["weight", "bias", "heads"];
                let gradients = [
                    case.view("weight")?,
                    case.view("bias")?,
                    case.view("heads")?,
                ];
                let (clipped, norm) = (self.clip)(&gradients, case.number("max_norm")?);
                let reply = case.reply("norm", arr0(norm));
                let named = names.into_iter().zip(clipped);
                Ok(named.fold(reply, |reply, (name, gradient)| reply.and(name, gradient)))
            })
            .task("learning_rate", |case| {
                let schedule = Schedule {
                    peak: case.number("peak")?,
                    floor: case.number("floor")?,
                    warm_up: case.size("warm_up")?,
                    steps: case.size("steps")?,
                };
                let taken = Array1::from(case.sizes("taken")?);
                Ok(case.reply(
                    "rates",
                    taken.mapv(|step| (self.learning_rate)(step, &schedule)),
                ))
            })
    }

    fn steps(&self, case: &Case) -> Result<Reply, CaseError> {
        let settings = Settings {
            beta_1: case.number("beta_1")?,
            beta_2: case.number("beta_2")?,
            epsilon: case.number("epsilon")?,
            weight_decay: case.number("weight_decay")?,
        };
        let rate = case.number("learning_rate")?;
        let mut parameter = case.view::<IxDyn>("parameter")?.to_owned();
        let mut moments = Moments {
            m: case.view::<IxDyn>("m")?.to_owned(),
            v: case.view::<IxDyn>("v")?.to_owned(),
        };
        let mut rows = [vec![], vec![], vec![]];
        let mut record = |parameter: &ArrayD<f32>, moments: &Moments| {
            for (rows, tensor) in rows.iter_mut().zip([&moments.m, &moments.v, parameter]) {
                rows.push(tensor.iter().copied().collect::<Array1<f32>>());
            }
        };
        record(&parameter, &moments);
        let gradients: ArrayViewD<'_, f32> = case.view("gradients")?;
        for (nth, gradient) in gradients.outer_iter().enumerate() {
            let step = case.size("step")? + nth;
            let after =
                (self.adamw_step)(parameter.view(), gradient, &moments, step, rate, &settings);
            (parameter, moments) = after;
            record(&parameter, &moments);
        }
        let [m, v, parameter] = rows.map(|rows| {
            let rows: Vec<_> = rows.iter().map(|row| row.view()).collect();
            stack(Axis(0), &rows).expect("rows of the same length")
        });
        let moments = stack(Axis(0), &[m.view(), v.view()]).expect("two moments of one shape");
        Ok(case.reply("moments", moments).and("parameter", parameter))
    }
}

#[test]
fn entry_by_entry_in_f64() {
    static WAYS: Ways = Ways {
        adamw_step: in_f64,
        clip: with_an_iterator_in_f64,
        learning_rate: in_f64_by_cases,
    };
    WAYS.graded().accept();
}

fn in_f64(
    parameter: ArrayViewD<'_, f32>,
    gradient: ArrayViewD<'_, f32>,
    moments: &Moments,
    step: usize,
    learning_rate: f32,
    settings: &Settings,
) -> (ArrayD<f32>, Moments) {
    let [beta_1, beta_2] = [settings.beta_1, settings.beta_2].map(f64::from);
    let [rate, epsilon] = [learning_rate, settings.epsilon].map(f64::from);
    let decay = match parameter.ndim() {
        0 | 1 => 0.0,
        _ => f64::from(settings.weight_decay),
    };
    let correction = |beta: f64| 1.0 - beta.powf(step as f64);
    let mut after = (
        parameter.to_owned(),
        Moments {
            m: moments.m.clone(),
            v: moments.v.clone(),
        },
    );
    Zip::from(&mut after.0)
        .and(&mut after.1.m)
        .and(&mut after.1.v)
        .and(gradient)
        .for_each(|entry, m, v, &gradient| {
            let g = f64::from(gradient);
            let new_m = beta_1 * f64::from(*m) + (1.0 - beta_1) * g;
            let new_v = beta_2 * f64::from(*v) + (1.0 - beta_2) * g * g;
            let root = (new_v / correction(beta_2)).sqrt();
            let old = f64::from(*entry);
            let new =
                old - rate * decay * old - rate * new_m / correction(beta_1) / (root + epsilon);
            (*entry, *m, *v) = (new as f32, new_m as f32, new_v as f32);
        });
    after
}

fn with_an_iterator_in_f64(
    gradients: &[ArrayViewD<'_, f32>],
    max_norm: f32,
) -> (Vec<ArrayD<f32>>, f32) {
    let entries = gradients.iter().flatten();
    let norm = entries
        .map(|&g| f64::from(g) * f64::from(g))
        .sum::<f64>()
        .sqrt();
    let factor = f64::from(max_norm) / (norm + 1e-6);
    let factor = if factor < 1.0 { factor as f32 } else { 1.0 };
    let clipped = gradients
        .iter()
        .map(|gradient| gradient.mapv(|g| g * factor));
    (clipped.collect(), norm as f32)
}

fn in_f64_by_cases(step: usize, schedule: &Schedule) -> f32 {
    let [t, w, last] = [step, schedule.warm_up, schedule.steps].map(|steps| steps as f64);
    let [peak, floor] = [schedule.peak, schedule.floor].map(f64::from);
    let rate = if t <= w {
        peak * (t / w)
    } else if t < last {
        let angle = std::f64::consts::PI * (t - w) / (last - w);
        floor + (peak - floor) / 2.0 * (1.0 + angle.cos())
    } else {
        floor
    };
    rate as f32
}

#[test]
fn as_libtorch_orders_the_operations() {
    static WAYS: Ways = Ways {
        adamw_step: as_libtorch,
        clip: by_norms_of_tensors,
        learning_rate: by_the_square_of_half_a_cosine,
    };
    WAYS.graded().accept();
}

/// Changes copies in place, and divides the root instead of v.
fn as_libtorch(
    parameter: ArrayViewD<'_, f32>,
    gradient: ArrayViewD<'_, f32>,
    moments: &Moments,
    step: usize,
    learning_rate: f32,
    settings: &Settings,
) -> (ArrayD<f32>, Moments) {
    let Moments { mut m, mut v } = moments.clone();
    let mut parameter = parameter.to_owned();
    if parameter.ndim() > 1 && settings.weight_decay != 0.0 {
        parameter *= 1.0 - learning_rate * settings.weight_decay;
    }
    m *= settings.beta_1;
    m.scaled_add(1.0 - settings.beta_1, &gradient);
    v *= settings.beta_2;
    v.scaled_add(1.0 - settings.beta_2, &gradient.mapv(|g| g * g));
    let correction = |beta: f32| (1.0 - f64::from(beta).powi(step as i32)) as f32;
    let root = correction(settings.beta_2).sqrt();
    let divisor = v.mapv(|v| v.sqrt() / root + settings.epsilon);
    let size = learning_rate / correction(settings.beta_1);
    parameter.scaled_add(-size, &(&m / &divisor));
    (parameter, Moments { m, v })
}

/// The norm of the norms.
fn by_norms_of_tensors(
    gradients: &[ArrayViewD<'_, f32>],
    max_norm: f32,
) -> (Vec<ArrayD<f32>>, f32) {
    let norms: Array1<f32> = gradients
        .iter()
        .map(|gradient| gradient.powi(2).sum().sqrt())
        .collect();
    let norm = norms.dot(&norms).sqrt();
    let factor = max_norm / (norm + 1e-6);
    if factor >= 1.0 {
        let unchanged = gradients.iter().map(|gradient| gradient.to_owned());
        return (unchanged.collect(), norm);
    }
    let mut clipped: Vec<_> = gradients
        .iter()
        .map(|gradient| gradient.to_owned())
        .collect();
    for gradient in &mut clipped {
        gradient.mapv_inplace(|g| g * factor);
    }
    (clipped, norm)
}

/// ½(1 + cos x) = cos²(x/2).
fn by_the_square_of_half_a_cosine(step: usize, schedule: &Schedule) -> f32 {
    let &Schedule {
        peak,
        floor,
        warm_up,
        steps,
    } = schedule;
    if (1..=warm_up).contains(&step) {
        return step as f32 * (peak / warm_up as f32);
    }
    let fall = (steps - warm_up).max(1) as f32;
    let progress = ((step - warm_up) as f32 / fall).min(1.0);
    let share = (std::f32::consts::FRAC_PI_2 * progress).cos().powi(2);
    peak * share + floor * (1.0 - share)
}

#[test]
fn differences_to_the_old_and_powers_by_products() {
    static WAYS: Ways = Ways {
        adamw_step: by_differences,
        clip: by_division,
        learning_rate: by_a_sine,
    };
    WAYS.graded().accept();
}

/// Moves each mean towards the new entry, and takes decay and step from the old parameter at once.
fn by_differences(
    parameter: ArrayViewD<'_, f32>,
    gradient: ArrayViewD<'_, f32>,
    moments: &Moments,
    step: usize,
    learning_rate: f32,
    settings: &Settings,
) -> (ArrayD<f32>, Moments) {
    let towards =
        |mean: &ArrayD<f32>, new: ArrayD<f32>, beta: f32| mean + &((new - mean) * (1.0 - beta));
    let power = |beta: f32| (0..step).fold(1.0_f32, |power, _| power * beta);
    let m = towards(&moments.m, gradient.to_owned(), settings.beta_1);
    let v = towards(&moments.v, &gradient * &gradient, settings.beta_2);
    // One factor for both corrections, with ε divided by the same root as v.
    let root = (1.0 - power(settings.beta_2)).sqrt();
    let size = learning_rate * root / (1.0 - power(settings.beta_1));
    let mut change = &m * size / (v.sqrt() + settings.epsilon * root);
    if parameter.shape().len() >= 2 {
        change = change + &parameter * (learning_rate * settings.weight_decay);
    }
    (&parameter - &change, Moments { m, v })
}

/// Divides by how many times too long the gradients are.
fn by_division(gradients: &[ArrayViewD<'_, f32>], max_norm: f32) -> (Vec<ArrayD<f32>>, f32) {
    let mut norm = 0.0_f32;
    for gradient in gradients {
        for &entry in gradient {
            norm = norm.hypot(entry);
        }
    }
    let times = ((norm + 1e-6) / max_norm).max(1.0);
    let clipped = gradients.iter().map(|gradient| gradient / times);
    (clipped.collect(), norm)
}

/// The middle between peak and floor, and half their difference times a sine.
fn by_a_sine(step: usize, schedule: &Schedule) -> f32 {
    let step = step.min(schedule.steps + 1);
    if step <= schedule.warm_up {
        let missing = (schedule.warm_up - step) as f32 / schedule.warm_up as f32;
        return schedule.peak - schedule.peak * missing;
    }
    if step >= schedule.steps {
        return schedule.floor;
    }
    let left = (schedule.steps - step) as f32 / (schedule.steps - schedule.warm_up) as f32;
    let middle = (schedule.peak + schedule.floor) / 2.0;
    let half = (schedule.peak - schedule.floor) / 2.0;
    middle + half * (std::f32::consts::PI * (left - 0.5)).sin()
}
