import { expect, test } from 'vitest';
import { changesOf, isEmpty, rulesOf } from './law';

const open = `// --- heading; with a semicolon -----
@id("in-care")
@en("Those who care; and \\"only\\" they")
@zh("照护者")
permit (principal in Xinglin::Role::"nurse", action, resource is Xinglin::Record);
`;
const shut = `
// why
@id("masked") @en("Masked") @zh("屏蔽")
forbid (principal, action, resource is Xinglin::Record)
when { resource.sensitive } // permit ( nothing );
unless { principal in Xinglin::Role::"medical_director" };
`;
const use = `
@id("board") @en("Board") @zh("看板")
permit (principal, action == Xinglin::Action::"use", resource is Xinglin::Service);
`;

test('a semicolon inside a sentence or a comment does not end a rule', () => {
  const rules = rulesOf(open + shut + use);
  expect(rules.map((one) => one.id)).toEqual(['in-care', 'masked', 'board']);
  expect(rules[0]?.en).toBe('Those who care; and "only" they');
});

test('rules are told apart as permissions, prohibitions and the use of services', () => {
  expect(rulesOf(open + shut + use).map((one) => one.group)).toEqual([
    'permissions',
    'prohibitions',
    'services',
  ]);
});

test('a rule knows the roles that it names and the line in which it begins', () => {
  const [first, second, third] = rulesOf(open + shut + use);
  expect([first?.roles, second?.roles, third?.roles]).toEqual([['nurse'], ['medical_director'], []]);
  expect([first?.line, second?.line]).toEqual([2, 8]);
});

test('a rule that is half written is left out, and what stands before it is read', () => {
  expect(rulesOf(`${open}@id("half") permit (principal`).map((one) => one.id)).toEqual(['in-care']);
});

test('an amendment is told as rules added, removed and changed', () => {
  const changes = changesOf(open + shut, open.replace('"nurse"', '"physician"') + use);
  expect(changes.added.map((one) => one.id)).toEqual(['board']);
  expect(changes.removed.map((one) => one.id)).toEqual(['masked']);
  expect(changes.changed.map((one) => one.after.id)).toEqual(['in-care']);
});

test('spaces alone change nothing', () => {
  expect(isEmpty(changesOf(open + use, use + open.replace(/, action/g, ',\n    action')))).toBe(true);
});
