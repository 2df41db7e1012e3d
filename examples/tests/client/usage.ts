// How a page uses the client. It must compile, without a warning.

import {
  CallError,
  Chat,
  Closed,
  type ConnectionState,
  type JoinedTopic,
  type Person,
  type Refused,
  type Result,
  type RoomEvent,
  type Sent,
} from "./chat.js";

export async function usage(token: () => Promise<string>): Promise<Person[]> {
  let people: Person[] = [];
  const states: ConnectionState[] = [];
  const chat = new Chat(async () => `/chat?token=${await token()}`, {
    timeout: 5_000,
    longestQueue: 10,
    longestWait: 60_000,
    longestSilence: Infinity,
    on: {
      welcome: ({ you, rooms }) => console.log(you.name.trim(), rooms.map((room) => room.toFixed())),
      unknown: (event: unknown) => console.log(event),
    },
    state: (state, { failures, wait, why }) => {
      console.log(states.push(state), failures + 1, (wait ?? 0) / 1_000);
      if (why?.reason === "closed") console.log(why.code + 1, why.message.length);
      if (why?.reason === "error") console.log(why.error);
    },
    closed: (code, reason) => {
      switch (code) {
        case Closed.Kicked:
        case Closed.Banned:
        case 1000:
          return console.log(reason.trim());
        default:
          code satisfies never;
      }
    },
    failed: (error) => console.log(error.message),
  });

  const room: JoinedTopic = chat.joinRoom(
    { id: 7 },
    {
      joined: (others) => (people = others),
      on: { said: ({ from, text }) => console.log(from.name, text), typing: said },
      refused: (why) => console.log(why.type === "too_long" ? why.most : why.type),
      failed: ({ reason, sent }) => console.log(reason === "fault", sent),
    },
  );
  chat.joinRoom({ id: 8 }).leave();

  const sent: Result<Sent, Refused> = await chat.say({ room: 7, text: "hi" });
  if (sent.ok) console.log(sent.value.number + sent.value.reached);
  else if (sent.error.type === "not_in_room") console.log("join first");

  chat.typing({ room: 7 });
  chat.leaveForGood();
  const sum: number = await chat.add({ a: 1 });
  try {
    await chat.add({ a: 1, b: null });
    await chat.add({ a: 1, b: sum });
  } catch (error) {
    if (error instanceof CallError && error.reason === "disconnected") console.log(error.sent);
  }
  room.leave();
  chat.close();
  return people;
}

const said = (event: Extract<RoomEvent, { type: "typing" }>): void => console.log(event.from.name);
