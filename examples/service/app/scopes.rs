//! What a key of the App API may do.

keyward::vocabulary! {
    /// The scopes of the App API.
    pub enum Scope {
        ReadPeople = "read:people" => "Read people and what they did",
        SendEmail = "send:email" => "Send email",
    }
    presets {
        READER = "Read only" => [ReadPeople],
    }
}
