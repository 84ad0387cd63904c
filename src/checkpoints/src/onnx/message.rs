//! The messages of ONNX that hold tensors: graph, node and tensor. Of each, the fields that are needed are read, and all
//! others are passed over.

use std::ops::Range;

use super::protobuf::{Field, Fields, Malformed};

/// The most axes of a tensor.
const MAX_AXES: usize = 8;
/// The most inputs of a node.
const MAX_INPUTS: usize = 1024;
/// The value of a tensor's field which says that its numbers are in another file.
const EXTERNAL: u64 = 1;

/// The graph of a model.
#[derive(Debug, Clone)]
pub(super) struct Graph<'a> {
    bytes: &'a [u8],
    place: Range<usize>,
}

/// An operation.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) operation: &'a str,
    pub(super) inputs: Vec<&'a str>,
    /// The first output.
    pub(super) output: &'a str,
    /// The attribute `value`, which a constant has.
    pub(super) value: Option<Tensor<'a>>,
}

/// A tensor. Its numbers stay where they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Tensor<'a> {
    pub(super) name: &'a str,
    pub(super) shape: Vec<u64>,
    /// The code of the type.
    pub(super) kind: u64,
    pub(super) numbers: Numbers,
}

/// The place of a tensor's numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Numbers {
    /// There are none.
    #[default]
    None,
    /// Bytes as they are in memory.
    Raw(Range<usize>),
    /// A list of floats of 32 bits.
    Floats(Range<usize>),
    /// A list of integers of 8, 16 or 32 bits, each by itself.
    Integers(Range<usize>),
    /// They are in another file.
    External,
}

impl<'a> Graph<'a> {
    /// Finds the graph of a model.
    pub(super) fn of_model(bytes: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut graph = None;
        for field in Fields::new(bytes, 0..bytes.len()) {
            if let (7, field) = field? {
                let place = range(field, "a graph")?;
                graph = Some(Self { bytes, place });
            }
        }
        Ok(graph)
    }

    /// The operations, in order.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Result<Node<'a>, Malformed>> {
        let bytes = self.bytes;
        self.messages(1, "a node")
            .map(move |place| Node::read(bytes, place?))
    }

    /// The tensors that the file has.
    pub(super) fn initializers(&self) -> impl Iterator<Item = Result<Tensor<'a>, Malformed>> {
        let bytes = self.bytes;
        self.messages(5, "an initialiser")
            .map(move |place| Tensor::read(bytes, place?))
    }

    /// The places of all messages of one field.
    fn messages(
        &self,
        number: u64,
        what: &'static str,
    ) -> impl Iterator<Item = Result<Range<usize>, Malformed>> + use<'a> {
        Fields::new(self.bytes, self.place.clone()).filter_map(move |field| match field {
            Ok((found, field)) if found == number => Some(range(field, what)),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8], place: Range<usize>) -> Result<Self, Malformed> {
        let mut node = Self::default();
        for field in Fields::new(bytes, place) {
            match field? {
                (1, field) => {
                    within("inputs of a node", node.inputs.len() + 1, MAX_INPUTS)?;
                    node.inputs.push(text(bytes, field, "the input of a node")?);
                }
                (2, field) if node.output.is_empty() => {
                    node.output = text(bytes, field, "the output of a node")?;
                }
                (3, field) => node.name = text(bytes, field, "the name of a node")?,
                (4, field) => node.operation = text(bytes, field, "an operation")?,
                (5, field) => {
                    if let Some(value) = value_attribute(bytes, range(field, "an attribute")?)? {
                        node.value = Some(value);
                    }
                }
                _ => {}
            }
        }
        Ok(node)
    }
}

impl<'a> Tensor<'a> {
    fn read(bytes: &'a [u8], place: Range<usize>) -> Result<Self, Malformed> {
        let mut tensor = Self::default();
        for field in Fields::new(bytes, place) {
            match field? {
                (1, Field::Varint(length)) => tensor.push_axis(length)?,
                (1, field) => {
                    let mut list = Fields::new(bytes, range(field, "the shape of a tensor")?);
                    while !list.is_empty() {
                        tensor.push_axis(list.varint()?)?;
                    }
                }
                (2, Field::Varint(kind)) => tensor.kind = kind,
                (4, field) => tensor.numbers = Numbers::Floats(range(field, "a list of floats")?),
                (5, field) => {
                    tensor.numbers = Numbers::Integers(range(field, "a list of integers")?);
                }
                (8, field) => tensor.name = text(bytes, field, "the name of a tensor")?,
                (9, field) => {
                    tensor.numbers = Numbers::Raw(range(field, "the numbers of a tensor")?);
                }
                (14, Field::Varint(EXTERNAL)) => tensor.numbers = Numbers::External,
                _ => {}
            }
        }
        Ok(tensor)
    }

    fn push_axis(&mut self, length: u64) -> Result<(), Malformed> {
        within("axes of a tensor", self.shape.len() + 1, MAX_AXES)?;
        self.shape.push(length);
        Ok(())
    }
}

/// The tensor of an attribute that is called `value`.
fn value_attribute(bytes: &[u8], place: Range<usize>) -> Result<Option<Tensor<'_>>, Malformed> {
    let (mut name, mut tensor) = ("", None);
    for field in Fields::new(bytes, place) {
        match field? {
            (1, field) => name = text(bytes, field, "the name of an attribute")?,
            (5, field) => tensor = Some(range(field, "the tensor of an attribute")?),
            _ => {}
        }
    }
    match tensor {
        Some(tensor) if name == "value" => Tensor::read(bytes, tensor).map(Some),
        _ => Ok(None),
    }
}

fn range(field: Field, what: &'static str) -> Result<Range<usize>, Malformed> {
    match field {
        Field::Bytes(range) => Ok(range),
        _ => Err(Malformed::Kind(what)),
    }
}

fn text<'a>(bytes: &'a [u8], field: Field, what: &'static str) -> Result<&'a str, Malformed> {
    str::from_utf8(&bytes[range(field, what)?]).map_err(|_| Malformed::Text(what))
}

fn within(what: &'static str, found: usize, most: usize) -> Result<(), Malformed> {
    if found <= most {
        return Ok(());
    }
    Err(Malformed::TooMany { what, found, most })
}
