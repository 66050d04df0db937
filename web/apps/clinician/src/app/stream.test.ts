import { expect, test } from 'vitest';
import { StreamParser } from './stream';

test('a message is whole only when its empty line has come, wherever the wire cuts it', () => {
  const parser = new StreamParser();
  expect(parser.feed('event: chan')).toEqual([]);
  expect(parser.feed('ge\ndata: {"a":')).toEqual([]);
  expect(parser.feed('1}\n\n: still here\n\n')).toEqual([{ event: 'change', data: '{"a":1}' }]);
});

test('lines of data are joined and the event name does not outlive its message', () => {
  const messages = new StreamParser().feed('event: lost\ndata: a\r\ndata: b\r\n\r\ndata: c\n\n');
  expect(messages).toEqual([
    { event: 'lost', data: 'a\nb' },
    { event: 'message', data: 'c' },
  ]);
});
