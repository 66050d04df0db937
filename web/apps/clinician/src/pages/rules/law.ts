/** The text of a law as people wrote it (Cedar, docs.cedarpolicy.com), taken apart for reading and comparing. */

export type Group = 'permissions' | 'prohibitions' | 'services';

export interface Written {
  id: string;
  en: string;
  zh: string;
  group: Group;
  /** Roles that the rule names, in what it is for or what it excepts. */
  roles: string[];
  /** The rule without the comments before it. */
  text: string;
  /** In which line of the whole it begins, counted from 1. */
  line: number;
}

/** Strings, comments, and the semicolons that end a rule. */
const token = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|;/g;

/** The rules of a text in their order; it need not be a valid law. */
export function rulesOf(text: string): Written[] {
  const found: Written[] = [];
  let start = 0;
  for (const one of text.matchAll(token)) {
    if (one[0] !== ';') continue;
    found.push(ruleOf(text, start, one.index + 1));
    start = one.index + 1;
  }
  return found;
}

function ruleOf(text: string, start: number, end: number): Written {
  const whole = text.slice(start, end);
  const before = whole.match(/^(?:\s|\/\/[^\n]*(?:\n|$))+/)?.[0] ?? '';
  const own = whole.slice(before.length);
  const code = own.replace(token, (part) => (part.startsWith('//') ? '' : part));
  return {
    id: noteOf(own, 'id'),
    en: noteOf(own, 'en'),
    zh: noteOf(own, 'zh'),
    group: groupOf(code),
    roles: [...new Set([...code.matchAll(/Xinglin::Role::"([^"]+)"/g)].map((role) => role[1] ?? ''))],
    text: own,
    line: text.slice(0, start + before.length).split('\n').length,
  };
}

function groupOf(code: string): Group {
  if (/\bforbid\s*\(/.test(code)) return 'prohibitions';
  return /\bXinglin::Service\b/.test(code) ? 'services' : 'permissions';
}

function noteOf(rule: string, name: string): string {
  const written = rule.match(new RegExp(`@${name}\\("((?:\\\\.|[^"\\\\])*)"\\)`))?.[1] ?? '';
  return written.replace(/\\(.)/g, '$1');
}

export interface Changes {
  added: Written[];
  removed: Written[];
  changed: { before: Written; after: Written }[];
}

/** What `after` does to `before`, by the ids of rules; spaces and line ends do not count. */
export function changesOf(before: string, after: string): Changes {
  const [old, young] = [byId(before), byId(after)];
  return {
    added: [...young.values()].filter((one) => !old.has(one.id)),
    removed: [...old.values()].filter((one) => !young.has(one.id)),
    changed: [...young.values()].flatMap((one) => {
      const earlier = old.get(one.id);
      return earlier && plain(earlier.text) !== plain(one.text) ? [{ before: earlier, after: one }] : [];
    }),
  };
}

export function isEmpty({ added, removed, changed }: Changes): boolean {
  return added.length + removed.length + changed.length === 0;
}

function byId(text: string): Map<string, Written> {
  return new Map(rulesOf(text).map((one) => [one.id, one]));
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
