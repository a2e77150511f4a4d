/** Reads server-sent events from a fetch body, however the network cuts it. */

/** Returns what turns pieces of text into events. A line ends with LF, CR or CRLF; a piece may end anywhere. */
function parser() {
  let rest = "";
  let endedWithCr = false;
  let id = "";
  let event = "";
  let data = [];

  function take(line) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    return [];
  }

  function dispatch() {
    const whole = data.length ? [{ id, event: event || "message", data: data.join("\n") }] : [];
    event = "";
    data = [];
    return whole;
  }

  return (piece) => {
    if (!piece) return [];
    const text = endedWithCr && piece[0] === "\n" ? piece.slice(1) : piece;
    endedWithCr = piece.endsWith("\r");
    const lines = (rest + text).split(/\r\n|\r|\n/);
    rest = lines.pop();
    return lines.flatMap((line) => (line ? take(line) : dispatch()));
  };
}

/** Yield the events of a body until it ends; throw when it breaks or misses three of the server's beats (15 s). */
export async function* read(body, silenceMs = 45_000) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parse = parser();
  try {
    for (;;) {
      const { done, value } = await inTime(reader.read(), silenceMs);
      if (done) return;
      yield* parse(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

export function inTime(promise, limitMs = 30_000) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("silence")), limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
