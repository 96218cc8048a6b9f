//! The committed counts, which are the bounds of the checks, and the compiler that produced them.

use std::error::Error;

use crate::warm::Api;

pub(crate) struct Committed {
    app: f64,
    track: f64,
    app_remembered: f64,
    pub(crate) compiler: String,
}

impl Committed {
    pub(crate) fn read() -> Result<Self, Box<dyn Error>> {
        let value = |name: &str| {
            include_str!("committed.tsv")
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'))
                .ok_or_else(|| format!("committed.tsv has no {name}"))
        };
        Ok(Self {
            app: value("app")?.parse()?,
            track: value("track")?.parse()?,
            app_remembered: value("app_remembered")?.parse()?,
            compiler: value("compiler")?.to_owned(),
        })
    }

    pub(crate) const fn of(&self, api: Api) -> f64 {
        match api {
            Api::App => self.app,
            Api::Track => self.track,
            Api::AppRemembered => self.app_remembered,
        }
    }
}
