// Each of these must be refused: in the line after the one that says what is wrong, with that error and no other.

import { Chat, Closed, type ConnectionState, type Person } from "./chat.js";

const chat = new Chat("/chat");
const sent = await chat.say({ room: 7, text: "hi" });

// TS2322: a value in the name of a topic has its type
chat.joinRoom({ id: "7" });
// TS2345: a topic needs all values in its name
chat.joinRoom({});
// TS2353: the topic has no such event
chat.joinRoom({ id: 7 }, { on: { sadi: () => {} } });
// TS2339: the event has no such field
chat.joinRoom({ id: 7 }, { on: { said: (event) => console.log(event.form) } });
// TS2339: the snapshot is a list
chat.joinRoom({ id: 7 }, { joined: (people) => console.log(people.name) });
// TS2367: the refusal has no such variant
chat.joinRoom({ id: 7 }, { refused: (why) => console.log(why.type === "gone") });
// TS2339: only one variant has the field
chat.joinRoom({ id: 7 }, { refused: (why) => console.log(why.most) });
// TS2551: the topic is not one of the module
chat.joinRoome({ id: 7 });
// TS2345: a call needs all its fields
await chat.say({ room: 7 });
// TS2322: a field has its type
await chat.say({ room: 7, text: 7 });
// TS2353: the call has no such field
await chat.say({ room: 7, text: "hi", loud: true });
// TS2339: the module has no such function
await chat.shout({ room: 7, text: "hi" });
// TS2554: the function takes nothing
chat.leaveForGood({});
// TS2339: an answer has its value only if it is none of the refusals
console.log(sent.value);
// TS2339: an answer has no refusal if it is ok
if (sent.ok) console.log(sent.error);
// TS2322: an answer is of its type
export const sum: string = await chat.add({ a: 1 });
// TS2322: a call without an answer gives nothing to wait for
export const nothing: Promise<void> = chat.typing({ room: 7 });
// TS2353: the module sends no such event
new Chat("/chat", { on: { goodbye: () => {} } });
// TS2322: an event has its type
new Chat("/chat", { on: { welcome: (event: Person) => console.log(event) } });
// TS2367: the module closes with no such code
new Chat("/chat", { closed: (code) => console.log(code === 4002) });
// TS2339: the module has no such close code
console.log(Closed.Fired);
// TS2540: a close code does not change
Closed.Kicked = 4001;
// TS2322: there is no such state
export const state: ConnectionState = "closing";
// TS2345: the URL is not a number
new Chat(8080);
