/**
 * Whether `name`, as `<subclass>.<cmd>`, is among the commands that were granted; in a grant `*` stands for any part,
 * and alone for everything.
 */
export function isGranted(grants: readonly string[], name: string): boolean {
  const parts = name.split('.');
  return grants.some((grant) => {
    if (grant === '*') return true;
    const allowed = grant.split('.');
    return allowed.length === parts.length && allowed.every((word, at) => word === '*' || word === parts[at]);
  });
}
