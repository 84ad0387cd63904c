//! Instantiations of ndarray's generic functions: each operation of the course's code, for each kind of array.
//!
//! The compiler compiles a generic function once for each kind of array, and a crate uses the functions that a dependency
//! has compiled. So whatever is called here is compiled once for all students; a missing call only costs time.

use std::collections::BTreeMap;

use ndarray::prelude::*;
use ndarray::{Data, DimMax, RemoveAxis, Slice, Zip, concatenate, stack};

/// Evaluates each expression, for its type.
macro_rules! each {
    ($($expression:expr),* $(,)?) => { $(let _ = $expression;)* };
}

/// Calls everything, for every number of axes.
pub(crate) fn all() {
    let (one, two) = (Array1::zeros(1), Array2::zeros((1, 1)));
    let (three, four) = (Array3::zeros((1, 1, 1)), Array4::zeros((1, 1, 1, 1)));
    whole(&one);
    whole(&two);
    whole(&three);
    whole(&four);
    by_axis(&two);
    by_axis(&three);
    by_axis(&four);
    together(&one, &one);
    together(&two, &one);
    together(&two, &two);
    together(&three, &one);
    together(&three, &two);
    together(&three, &three);
    together(&four, &two);
    together(&four, &three);
    together(&four, &four);
    products(&two, &one);
    products(&two.view(), &one.view());
    entries(&one, &two);
    masked(&two, Array::default(two.raw_dim()).view());
    masked(&three, Array::default(three.raw_dim()).view());
    masked(&four, Array::default(four.raw_dim()).view());
    reshaped(&two, &three, &four);
    sliced(two.view(), three.view(), four.view());
    written(two.clone(), three.clone(), four.clone());
    stacked(&three);
    stacked(&four);
    collected(vec![(String::new(), one.into_dyn())]);
    of_tokens(Array1::zeros(1));
    of_tokens(Array2::zeros((1, 1)));
    of_angles(Array1::zeros(1));
    of_angles(Array2::zeros((1, 1)));
    of_flags(Array2::default((1, 1)), Array3::default((1, 1, 1)));
}

/// An array alone.
fn whole<D: Dimension>(a: &Array<f32, D>) {
    read(a);
    read(&a.view());
    let mut own = a.clone();
    own += 1.0;
    own -= 1.0;
    own *= 1.0;
    own /= 1.0;
    own.fill(0.0);
    own.mapv_inplace(f32::exp);
    own.iter_mut().for_each(|entry| *entry = 0.0);
    each!(
        a.clone() + 1.0,
        a.clone() - 1.0,
        a.clone() * 1.0,
        a.clone() / 1.0,
        -a.clone()
    );
    each!(
        1.0 + a.clone(),
        1.0 - a.clone(),
        1.0 * a.clone(),
        1.0 / a.clone(),
        own.view_mut()
    );
    let shape = a.raw_dim();
    each!(
        Array::<f32, D>::zeros(shape.clone()),
        Array::<f32, D>::ones(shape.clone())
    );
    each!(
        Array::from_elem(shape, 0.0_f32),
        a.view().into_dyn().into_dimensionality::<D>()
    );
    by_name(own.into_dyn());
}

/// A model's weights.
fn by_name(tensor: ArrayD<f32>) {
    let mut named = BTreeMap::new();
    named.insert(String::new(), tensor);
    each!(
        named.clone(),
        named.get(""),
        named.iter().next(),
        named.remove("")
    );
}

/// Operations that only read.
fn read<D: Dimension, S: Data<Elem = f32>>(a: &ArrayBase<S, D>) {
    each!(
        a + 1.0,
        a - 1.0,
        a * 1.0,
        a / 1.0,
        a.t(),
        a.view(),
        a.to_owned(),
        a.as_slice()
    );
    each!(
        a.mapv(f32::exp),
        a.mapv(f32::tanh),
        a.mapv(f32::sqrt),
        a.mapv(f32::ln),
        a.sum(),
        a.mean()
    );
    each!(
        a.dim(),
        a.raw_dim(),
        a.shape(),
        a.len(),
        a.ndim(),
        a.len_of(Axis(0)),
        a.is_standard_layout()
    );
    each!(
        a.iter().copied().fold(0.0, f32::max),
        a.iter().cloned().fold(0.0, f32::max)
    );
    each!(a.iter().sum::<f32>(), a.iter().copied().sum::<f32>());
    for entry in a.iter() {
        each!(entry);
    }
}

/// An array's rows and other parts.
fn by_axis<D: RemoveAxis>(a: &Array<f32, D>) {
    read_by_axis(a);
    read_by_axis(&a.view());
    let mut own = a.clone();
    for mut row in own.rows_mut() {
        row += row.sum();
        row -= row.sum();
        row *= row.sum();
        row /= row.sum();
        row.fill(0.0);
        row.mapv_inplace(f32::exp);
        each!(
            row.dot(&row),
            row.len(),
            row.view(),
            row.to_owned(),
            row.mapv(f32::exp),
            row.iter().next()
        );
        row.iter_mut().for_each(|entry| *entry = 0.0);
        for entry in row {
            *entry = 0.0;
        }
    }
    for mut part in own.axis_iter_mut(Axis(0)) {
        part += 1.0;
        part /= part.sum();
        part.fill(0.0);
    }
    for (index, mut part) in own.axis_iter_mut(Axis(0)).enumerate() {
        part.fill(index as f32);
    }
    for (mut to, from) in own.axis_iter_mut(Axis(0)).zip(a.axis_iter(Axis(0))) {
        to.assign(&from);
    }
    for (mut to, from) in own.outer_iter_mut().zip(a.outer_iter()) {
        to.assign(&from);
    }
    for mut lane in own.lanes_mut(Axis(0)) {
        lane.fill(0.0);
    }
    own.index_axis_mut(Axis(0), 0).fill(0.0);
    each!(
        concatenate(Axis(0), &[a.view(), a.view()]),
        own.slice_axis(Axis(0), Slice::from(0..))
    );
}

fn read_by_axis<D: RemoveAxis, S: Data<Elem = f32>>(a: &ArrayBase<S, D>) {
    each!(
        a.sum_axis(Axis(0)).insert_axis(Axis(0)),
        a.mean_axis(Axis(0)),
        a.view().insert_axis(Axis(0))
    );
    each!(
        a.var_axis(Axis(0), 0.0),
        a.std_axis(Axis(0), 0.0),
        a.index_axis(Axis(0), 0).to_owned()
    );
    for part in a.outer_iter() {
        read(&part);
    }
    for (index, part) in a.axis_iter(Axis(0)).enumerate() {
        each!(index, part.sum());
    }
    for row in a.rows() {
        read(&row);
        for entry in row {
            each!(entry);
        }
    }
    for lane in a.lanes(Axis(0)) {
        read(&lane);
    }
}

/// Two arrays, of which the second is broadcast where it has fewer axes.
fn together<D, E>(a: &Array<f32, D>, b: &Array<f32, E>)
where
    D: Dimension + DimMax<E, Output = D>,
    E: Dimension,
{
    let (v, w) = (&a.view(), &b.view());
    each!(a + b, a - b, a * b, a / b, a + w, a - w, a * w, a / w);
    each!(v + b, v - b, v * b, v / b, v + w, v - w, v * w, v / w);
    let own = || a.clone();
    each!(
        own() + b,
        own() - b,
        own() * b,
        own() / b,
        own() + w,
        own() - w,
        own() * w,
        own() / w
    );
    each!(
        own() + b.clone(),
        own() - b.clone(),
        own() * b.clone(),
        own() / b.clone()
    );
    each!(
        own() + w.clone(),
        own() - w.clone(),
        own() * w.clone(),
        own() / w.clone()
    );
    let mut own = own();
    own += b;
    own -= b;
    own *= b;
    own /= b;
    own += w;
    own -= w;
    own *= w;
    own /= w;
    own.assign(b);
    own.assign(w);
    let mut part = own.view_mut();
    part += b;
    part -= b;
    part *= b;
    part /= b;
    part.assign(b);
    part.assign(w);
    each!(b.broadcast(a.raw_dim()));
}

fn products<S: Data<Elem = f32>>(matrix: &ArrayBase<S, Ix2>, vector: &ArrayBase<S, Ix1>) {
    let (other, short) = (matrix.to_owned(), vector.to_owned());
    each!(
        matrix.dot(matrix),
        matrix.dot(&matrix.t()),
        matrix.dot(&other),
        matrix.dot(&other.t())
    );
    each!(matrix.dot(&matrix.view()), matrix.dot(&other.view()));
    each!(
        matrix.dot(vector),
        matrix.dot(&short),
        vector.dot(matrix),
        vector.dot(&other)
    );
    each!(
        vector.dot(vector),
        vector.dot(&short),
        vector.dot(&short.view())
    );
}

/// Rows, columns and numbers.
fn entries(one: &Array1<f32>, two: &Array2<f32>) {
    let (v, w) = (one.view(), two.view());
    each!(
        two.row(0),
        two.column(0),
        w.row(0),
        w.column(0),
        two.nrows(),
        two.ncols(),
        w.nrows(),
        w.ncols()
    );
    each!(two[[0, 0]], two[(0, 0)], w[[0, 0]], w[(0, 0)], one[0], v[0]);
    each!(
        concatenate![Axis(0), v, v],
        stack![Axis(0), v, v],
        two.clone().reversed_axes(),
        w.reversed_axes()
    );
    let mut own = two.clone();
    own.row_mut(0).assign(&v);
    own.row_mut(0).assign(one);
    own.column_mut(0).assign(&v);
    own.column_mut(0).assign(one);
    own[[0, 0]] = 1.0;
    own[(0, 0)] = 1.0;
    for (_, entry) in own.indexed_iter_mut() {
        *entry = 0.0;
    }
    for (_, entry) in own.indexed_iter() {
        each!(entry);
    }
}

fn masked<D: Dimension>(a: &Array<f32, D>, mask: ArrayView<'_, bool, D>) {
    each!(
        mask.to_owned(),
        mask.mapv(|may| !may),
        mask.iter().any(|&may| may),
        mask.iter().all(|&may| may)
    );
    for may in mask.iter() {
        each!(may);
    }
    let mut own = a.clone();
    own.zip_mut_with(&mask, |entry, &may| *entry = f32::from(may));
    Zip::from(&mut own)
        .and(&mask)
        .for_each(|entry, &may| *entry = f32::from(may));
}

/// Heads cut and merged, batches flattened.
fn reshaped(two: &Array2<f32>, three: &Array3<f32>, four: &Array4<f32>) {
    let (v, w, x) = (two.view(), three.view(), four.view());
    each!(
        two.to_shape((1, 1, 1)),
        three.to_shape((1, 1)),
        three.to_shape((1, 1, 1, 1)),
        four.to_shape((1, 1, 1))
    );
    each!(
        v.to_shape((1, 1, 1)),
        w.to_shape((1, 1)),
        w.to_shape((1, 1, 1, 1)),
        x.to_shape((1, 1, 1))
    );
    each!(
        v.into_shape_with_order((1, 1, 1)),
        w.into_shape_with_order((1, 1))
    );
    each!(
        w.into_shape_with_order((1, 1, 1, 1)),
        x.into_shape_with_order((1, 1, 1))
    );
    each!(
        two.clone().into_shape_with_order((1, 1, 1)),
        three.clone().into_shape_with_order((1, 1))
    );
    each!(
        three.clone().into_shape_with_order((1, 1, 1, 1)),
        four.clone().into_shape_with_order((1, 1, 1))
    );
    let swapped = x.permuted_axes([0, 2, 1, 3]);
    each!(
        swapped.as_standard_layout().into_owned(),
        swapped.into_owned(),
        four.clone().permuted_axes([0, 2, 1, 3])
    );
    each!(
        w.to_shape((1, 1, 1, 1))
            .map(|cut| cut.permuted_axes([0, 2, 1, 3]).into_owned())
    );
    each!(
        swapped
            .to_shape((1, 1, 1))
            .map(|merged| merged.into_owned())
    );
}

fn sliced(two: ArrayView2<'_, f32>, three: ArrayView3<'_, f32>, four: ArrayView4<'_, f32>) {
    each!(
        two.slice(s![0, ..]),
        two.slice(s![.., 0]),
        two.slice(s![.., ..]),
        two.slice(s![0..1, 0..1])
    );
    each!(
        two.slice(s![.., 0..1]),
        two.slice(s![0..1, ..]),
        two.slice(s![.., ..1]),
        two.slice(s![.., 0..])
    );
    each!(
        two.slice(s![.., ..;2]),
        two.slice(s![.., 0..;2]),
        three.slice(s![.., .., ..;2])
    );
    each!(
        three.slice(s![0, .., ..]),
        three.slice(s![.., 0, ..]),
        three.slice(s![.., .., 0])
    );
    each!(
        three.slice(s![0, 0, ..]),
        three.slice(s![.., .., 0..1]),
        three.slice(s![.., 0..1, ..])
    );
    each!(
        four.slice(s![0, 0, .., ..]),
        four.slice(s![0, .., .., ..]),
        four.slice(s![.., 0, .., ..])
    );
}

fn written(mut two: Array2<f32>, mut three: Array3<f32>, mut four: Array4<f32>) {
    let (row, page) = (Array1::<f32>::zeros(1), Array2::<f32>::zeros((1, 1)));
    two.slice_mut(s![0, ..]).assign(&row);
    two.slice_mut(s![.., 0]).assign(&row);
    two.slice_mut(s![.., 0..1]).assign(&page);
    two.slice_mut(s![.., 0..1]).assign(&page.view());
    three.slice_mut(s![0, 0, ..]).assign(&row.view());
    three.slice_mut(s![0, .., ..]).assign(&page);
    three.slice_mut(s![0, .., ..]).assign(&page.view());
    three.slice_mut(s![.., .., 0..1]).fill(0.0);
    four.slice_mut(s![0, 0, .., ..]).assign(&page);
    four.slice_mut(s![0, 0, .., ..]).assign(&page.view());
}

/// The outputs of a model's blocks, and all of them as one.
fn stacked<D>(a: &Array<f32, D>)
where
    D: Dimension,
    D::Larger: RemoveAxis,
{
    let mut blocks = vec![a.clone()];
    blocks.push(a.clone());
    let mut views = Vec::new();
    for block in &blocks {
        views.push(block.view());
    }
    let shapes: Vec<&[usize]> = vec![a.shape()];
    each!(
        format!("{shapes:?}"),
        blocks[0].view(),
        blocks[0].len(),
        views.len()
    );
    each!(blocks.last(), blocks.first());
    if let Ok(all) = stack(Axis(0), &views) {
        read(&all);
        each!(all.view().into_dyn(), all.into_dyn());
    }
    blocks.remove(0);
}

/// A model's weights, collected.
fn collected(named: Vec<(String, ArrayD<f32>)>) {
    let mut tensors: BTreeMap<_, _> = named.into_iter().collect();
    for (name, tensor) in &tensors {
        each!(name.starts_with(""), tensor.shape().first(), tensor.view());
    }
    each!(
        tensors.iter().find(|(name, _)| name.is_empty()),
        tensors.insert(String::new(), ArrayD::zeros(IxDyn(&[])))
    );
    each!(
        ArrayD::<f32>::from_shape_vec(IxDyn(&[]), Vec::new()),
        tensors.clone()
    );
}

/// Tokens.
fn of_tokens<D: Dimension>(ids: Array<usize, D>) {
    let view = ids.view();
    each!(
        ids.dim(),
        ids.raw_dim(),
        ids.shape(),
        ids.ndim(),
        ids.len(),
        ids.len_of(Axis(0)),
        ids.iter().copied().max()
    );
    each!(
        view.dim(),
        view.raw_dim(),
        view.shape(),
        view.ndim(),
        view.len(),
        view.len_of(Axis(0)),
        view.to_owned()
    );
    for (_, id) in ids.indexed_iter() {
        each!(id);
    }
    for (_, id) in view.indexed_iter() {
        each!(id);
    }
    for id in view.iter() {
        each!(id);
    }
    for id in view.clone() {
        each!(id);
    }
    each!(
        ids.mapv(|id| id == 0),
        ids.mapv(|id| id as i64),
        ids.mapv(|id| id as f32)
    );
    each!(
        ids.view().insert_axis(Axis(0)),
        view.insert_axis(Axis(0)),
        ids.insert_axis(Axis(0))
    );
}

/// Angles, in double precision.
fn of_angles<D: Dimension>(angles: Array<f64, D>) {
    let view = angles.view();
    for angle in view.clone() {
        each!(angle);
    }
    each!(
        angles.mapv(f64::sin),
        angles.mapv(f64::cos),
        angles.mapv(|angle| angle as f32)
    );
    each!(
        view.mapv(f64::sin),
        view.mapv(f64::cos),
        view.mapv(|angle| angle as f32)
    );
    each!(
        angles.dim(),
        angles.raw_dim(),
        view.insert_axis(Axis(0)),
        angles.insert_axis(Axis(0))
    );
}

/// Masks that are made.
fn of_flags(two: Array2<bool>, three: Array3<bool>) {
    each!(
        two.dim(),
        two.ndim(),
        three.dim(),
        three.ndim(),
        two.view().insert_axis(Axis(0))
    );
    each!(
        two.broadcast((1, 1, 1)),
        three.broadcast((1, 1, 1)).map(|mask| mask.to_owned())
    );
    each!(
        three.broadcast((1, 1, 1, 1)).map(|mask| mask.to_owned()),
        three.view().insert_axis(Axis(0))
    );
    each!(
        two.insert_axis(Axis(0)).dim(),
        three.insert_axis(Axis(0)).dim()
    );
    each!(Array2::from_shape_fn((1, 1), |(row, column)| row >= column));
}
