/** What the node tells everybody while it happens: an event of `/api/live`; `key` is told of clinics alone. */
export interface Change {
  name: string;
  key: string | null;
  body: {
    ids?: string[];
    units?: string[];
  };
  recorded_at: string;
}

/** What it tells those alone who follow a record, and may see it. */
export interface RecordChange {
  key: string;
}

/** One message of a text/event-stream. */
export interface StreamMessage {
  event: string;
  data: string;
}

/**
 * Cuts a text/event-stream into messages (HTML Living Standard §9.2.6). `feed` takes text as it comes in and gives
 * the messages that are now whole; comments keep the line alive and are not messages.
 */
export class StreamParser {
  private rest = '';
  private event = '';
  private data: string[] = [];

  feed(text: string): StreamMessage[] {
    const lines = (this.rest + text).split(/\r\n|\r(?!$)|\n/);
    this.rest = lines.pop() ?? '';
    const whole: StreamMessage[] = [];
    for (const line of lines) {
      if (line === '') {
        if (this.data.length > 0) whole.push({ event: this.event || 'message', data: this.data.join('\n') });
        this.event = '';
        this.data = [];
      } else this.take(line);
    }
    return whole;
  }

  private take(line: string): void {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.event = value;
    else if (field === 'data') this.data.push(value);
  }
}
