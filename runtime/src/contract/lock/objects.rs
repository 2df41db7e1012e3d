use serde_json::Value;

use super::{
    compare::{Place, Run, Way, oriented},
    form::Form,
};

const NEVER: &Value = &Value::Bool(false);

impl<'c> Run<'c> {
    /// Compares the fields of two objects.
    pub(super) fn object(&mut self, way: Way, place: &Place, wide: &Form<'c>, narrow: &Form<'c>) {
        match way {
            Way::Read => self.read_object(place, narrow, wide),
            Way::Write => self.written_object(place, wide, narrow),
        }
        // The values of maps.
        if let (Some(all), Some(some)) = (wide.others, narrow.others)
            && some != NEVER
            && all != NEVER
        {
            let (was, is) = oriented(way, all, some);
            self.nested(way, &place.then("*"), was, is);
        }
    }

    /// Fields that the server does not know are ignored, unless the type denies them.
    fn read_object(&mut self, place: &Place, old: &Form<'c>, new: &Form<'c>) {
        for (name, was) in &old.properties {
            let place = place.then(name);
            match (new.properties.get(name), new.others) {
                (Some(is), _) => self.nested(Way::Read, &place, was, is),
                (None, Some(others)) if others == NEVER => {
                    self.say(&place, "is not taken any more")
                }
                (None, Some(others)) => self.nested(Way::Read, &place, was, others),
                (None, None) => {}
            }
        }
        if old.others.is_some_and(|others| others != NEVER) && new.others == Some(NEVER) {
            self.say(&place.then("*"), "is not taken any more");
        }
        for name in new.required.difference(&old.required) {
            self.say(&place.then(name), "is required now");
        }
    }

    /// Clients ignore fields that they do not know.
    fn written_object(&mut self, place: &Place, old: &Form<'c>, new: &Form<'c>) {
        for (name, was) in &old.properties {
            let place = place.then(name);
            let was_required = old.required.contains(name);
            match new.properties.get(name) {
                Some(is) => {
                    self.nested(Way::Write, &place, was, is);
                    if was_required && !new.required.contains(name) {
                        self.say(&place, "may be missing now");
                    }
                }
                None if was_required => self.say(&place, "is not sent any more"),
                None => {}
            }
        }
        // A client of a map takes new fields for its entries.
        if let Some(others) = old.others.filter(|others| *others != NEVER) {
            for (name, is) in &new.properties {
                if !old.properties.contains_key(name) {
                    self.nested(Way::Write, &place.then(name), others, is);
                }
            }
        }
    }
}
