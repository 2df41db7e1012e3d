//! The client of a module: one file, in TypeScript with the types of the contract, or in JavaScript.

mod class;
mod names;
mod options;
mod script;
mod text;
mod types;
mod variants;

#[cfg(test)]
mod tests;

use self::{
    names::Names,
    script::Language,
    text::{comment, key, literal},
};
use super::{Contract, Parts};

impl Contract {
    /// A client in TypeScript: one file without dependencies, with all types of the contract.
    ///
    /// The class has the name of the module, and a method for each `#[on]` function and for each topic
    /// that has a `#[join]` function. Print the file from `main`, and write it into the sources of the
    /// page when the contract changes:
    ///
    /// ```no_run
    /// # mod chat {
    /// #     pub fn contract() -> levante::Contract {
    /// #         levante::__private::contract::Builder::new("chat", "/chat", "").finish()
    /// #     }
    /// # }
    /// // cargo run -- typescript > web/chat.ts
    /// if std::env::args().nth(1).as_deref() == Some("typescript") {
    ///     print!("{}", chat::contract().typescript());
    /// }
    /// ```
    ///
    /// ```ts
    /// import { Chat, Closed } from "./chat.js";
    ///
    /// const chat = new Chat(() => `/chat?token=${token()}`, {
    ///   on: { welcome: ({ you, rooms }) => show(you, rooms) },
    ///   closed: (code) => { if (code === Closed.Banned) sayGoodbye(); },
    /// });
    /// const room = chat.joinRoom({ id: 7 }, {
    ///   joined: (people) => render(people),
    ///   on: { said: ({ from, text }) => append(from.name, text) },
    ///   refused: (why) => console.log(why.type),
    /// });
    /// const sent = await chat.say({ room: 7, text: "hi" });
    /// if (!sent.ok && sent.error.type === "too_long") warn(sent.error.most);
    /// room.leave();
    /// ```
    ///
    /// | what | the client |
    /// |---|---|
    /// | a lost connection | connects again. The waits double up to `longestWait`, and a random part of each is waited. An `online` event, a page that becomes visible and `reconnect()` end the wait; an `offline` event ends the connection. `state` gets the reason and the length of each wait |
    /// | a silent server | asks for a sign of life after `longestSilence` and on `reconnect()`, and gives the connection up if there is none |
    /// | `url` | may be relative, with `http:` or `ws:`, and may be an `async` function, which is called before each attempt |
    /// | a call with an answer | rejects with a `CallError`. Its `reason` is `disconnected` (the server may have run it), `timeout`, `full` (too many calls wait), `fault` (the server could not run it) or `closed`; its `sent` is `false` if the server has not run it |
    /// | a call without an answer | returns at once. If it has to wait for a connection for too long, or too many calls wait, it is dropped |
    /// | a call without a connection | waits in the order of the calls, at most `longestQueue` of them, and each at most its `timeout` |
    /// | a call that was sent | is never sent again |
    /// | a joined topic | is joined again on each new connection, before calls that have waited. `joined` gets the new snapshot, and then what was published meanwhile |
    /// | a topic that is joined twice | each part of the page gets its own snapshot, and leaves on its own |
    /// | a function that throws | the error goes to `reportError`, or to the console, and the connection goes on |
    /// | an event or a variant that is newer than the client | goes to `on.unknown` |
    /// | a closing code of `#[closes]`, or 1000 | does not come back, and calls `closed`. A module without `#[closes]` may close with any code from 3000 |
    /// | the codes 1002, 1003, 1007 and 1009, and codes that are newer than the client | does not come back, and calls `failed` |
    ///
    /// Types are those that JSON has: integers are `number`, which is exact up to 2^53, so send larger
    /// ids as strings; dates and UUIDs are `string`; `Option<T>` is `T | null`. An enum whose variants
    /// one field tells apart has a function for each variant under `on`, another type the function
    /// `message`. A type whose name the client needs itself gets a `_` at its end: `Result` becomes
    /// `Result_`.
    ///
    /// It needs an ES2022 engine: a browser, a worker, or Node.js 22. Node.js 20 takes the package ws, with
    /// `connect: (url, protocol) => new WebSocket(url, protocol)`. TypeScript compiles it with `strict` and
    /// all further checks, and Node.js runs it by removing the types.
    #[must_use]
    pub fn typescript(&self) -> String {
        client(&self.parts, Language::TypeScript)
    }

    /// The same client in JavaScript: a module for pages without a build step, which a route can serve.
    ///
    /// It is what remains of [`typescript`](Self::typescript) without the types.
    ///
    /// ```
    /// use actix_web::{HttpResponse, Responder, get};
    /// # mod chat {
    /// #     pub fn contract() -> levante::Contract {
    /// #         levante::__private::contract::Builder::new("chat", "/chat", "").finish()
    /// #     }
    /// # }
    ///
    /// // <script type="module">import { Chat } from "/chat.js"; …</script>
    /// #[get("/chat.js")]
    /// async fn chat_js() -> impl Responder {
    ///     let script = chat::contract().javascript();
    ///     HttpResponse::Ok().content_type("text/javascript").body(script)
    /// }
    /// # assert!(chat::contract().javascript().contains("export class Chat {"));
    /// ```
    #[must_use]
    pub fn javascript(&self) -> String {
        client(&self.parts, Language::JavaScript)
    }
}

/// The client of a contract.
fn client(parts: &Parts, language: Language) -> String {
    let client = Client {
        parts,
        names: Names::of(parts),
        language,
    };
    let head = client.head();
    let typed = |text: String| language.typed(&text).to_owned();
    let [schemas, options] = [client.schemas(), client.options()].map(typed);
    [
        head,
        schemas,
        client.codes(),
        options,
        client.class(),
        language.client(),
    ]
    .concat()
}

struct Client<'c> {
    parts: &'c Parts,
    names: Names,
    language: Language,
}

impl Client<'_> {
    fn head(&self) -> String {
        let Parts {
            name,
            path,
            protocol,
            ..
        } = self.parts;
        format!(
            "// Made by levante from the module `{name}`, which is served at {path:?}. Do not edit it.\n\
             /* eslint-disable */\n\nconst PROTOCOL = {};\n\n",
            literal(protocol)
        )
    }

    /// The types of the contract.
    fn schemas(&self) -> String {
        let schemas = self.parts.schemas.iter().map(|(name, schema)| {
            let definition = types::definition(schema, &self.names);
            let name = self.names.of_type(name);
            format!(
                "{}export type {name} ={definition};\n\n",
                comment("", &text::docs(schema))
            )
        });
        schemas.collect()
    }

    /// The closing codes.
    fn codes(&self) -> String {
        if self.parts.closes.is_empty() {
            return String::new();
        }
        let codes = self.parts.closes.iter().map(|(name, close)| {
            format!(
                "{}  {}: {},\n",
                comment("  ", &close.docs),
                key(name),
                close.code
            )
        });
        let codes: String = codes.collect();
        let constant = self.language.typed(" as const");
        let union = "export type Closed = (typeof Closed)[keyof typeof Closed];\n";
        format!(
            "/** The codes with which the server closes a connection for good. */\n\
             export const Closed = {{\n{codes}}}{constant};\n{}\n",
            self.language.typed(union)
        )
    }
}
