//! The carbon dioxide over Mauna Loa, week by week: your forecaster next to forecasts that need no model.
//!
//! ```console
//! $ cargo attentive model fetch co2
//! $ cargo run --release -p time-series --example co2 -- ~/.cache/attentive/models/co2/co2.csv
//! ```

use std::error::Error;
use std::{env, fs};

use time_series::experiment::CO2;
use time_series::series::{Gaps, read};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("expected the path of co2.csv")?;
    let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    // The errors of a table begin with the line.
    let series = read(&text, "co2", Gaps::RepeatLast).map_err(|error| format!("{path}:{error}"))?;
    let outcome = CO2.run(series.view());

    println!("{:26}    MAE   RMSE", "");
    for (name, errors) in [
        ("model", &outcome.model),
        ("last value", &outcome.last),
        ("last season", &outcome.seasonal),
        ("last season with its rise", &outcome.risen),
        ("mean", &outcome.mean),
    ] {
        println!("{name:26} {:6.2} {:6.2}", errors.mae, errors.rmse);
    }
    println!("\nattention of the last patch, by head and patch:");
    for head in outcome.reading.rows() {
        let weights: Vec<String> = head.iter().map(|weight| format!("{weight:.2}")).collect();
        println!("{}", weights.join("  "));
    }
    Ok(())
}
