//! Prints the public items of a crate, from the JSON of rustdoc: `keyward-public-api FILE`.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("name the JSON file of rustdoc")?;
    // Without the traits that the compiler implements by itself and those that every type has.
    let listed = public_api::Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    print!("{listed}");
    Ok(())
}
