//! Archives and folders made to mislead, generated where they are large.
