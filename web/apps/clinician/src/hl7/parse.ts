/** One field of a segment: its number as the standard counts it, the raw text and the text for people. */
export interface Field {
  number: number;
  raw: string;
  words: string;
}

export interface Segment {
  name: string;
  fields: Field[];
}

interface Signs {
  field: string;
  component: string;
  repetition: string;
  escape: string;
  subcomponent: string;
}

const standard: Signs = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' };

/**
 * Cuts an HL7 v2 message into segments and fields (HL7 v2.5.1 chapter 2.5). Made for reading: it never fails, and a
 * message whose head is broken is cut by the standard's own signs.
 */
export function segmentsOf(text: string): Segment[] {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const signs = signsOf(lines.find((line) => line.startsWith('MSH')) ?? '');
  return lines.map((line) => segmentOf(line, signs));
}

function signsOf(head: string): Signs {
  if (head.length < 8) return standard;
  return {
    field: head[3] ?? standard.field,
    component: head[4] ?? standard.component,
    repetition: head[5] ?? standard.repetition,
    escape: head[6] ?? standard.escape,
    subcomponent: head[7] ?? standard.subcomponent,
  };
}

function segmentOf(line: string, signs: Signs): Segment {
  const [name = '', ...rest] = line.split(signs.field);
  const isHead = name === 'MSH' || name === 'FHS' || name === 'BHS';
  const fields = rest.map((raw, index) => {
    const number = index + (isHead ? 2 : 1);
    return { number, raw, words: isHead && number === 2 ? raw : wordsOf(raw, signs) };
  });
  if (isHead) fields.unshift({ number: 1, raw: signs.field, words: signs.field });
  return { name, fields: fields.filter((field) => field.raw !== '') };
}

/** Components behind one another, repetitions on lines of their own, empty ones left out, escapes undone. */
function wordsOf(raw: string, signs: Signs): string {
  return raw
    .split(signs.repetition)
    .map((repetition) =>
      repetition
        .split(signs.component)
        .map((component) => unescaped(component.split(signs.subcomponent).filter(Boolean).join(' '), signs))
        .filter(Boolean)
        .join(' · '),
    )
    .join('\n');
}

/** HL7 v2.5.1 §2.7: the delimiters, line breaks; other sequences stay as they are. */
function unescaped(text: string, signs: Signs): string {
  if (!text.includes(signs.escape)) return text;
  const known: Record<string, string> = {
    F: signs.field,
    S: signs.component,
    T: signs.subcomponent,
    R: signs.repetition,
    E: signs.escape,
    '.br': '\n',
    H: '',
    N: '',
  };
  const parts = text.split(signs.escape);
  let words = parts[0] ?? '';
  for (let index = 1; index < parts.length; index += 2) {
    const code = parts[index] ?? '';
    const closed = index + 1 < parts.length;
    words += closed ? (known[code] ?? signs.escape + code + signs.escape) : signs.escape + code;
    words += parts[index + 1] ?? '';
  }
  return words;
}
