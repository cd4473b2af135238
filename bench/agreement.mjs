// Whether two contestants gave the same result. A result is `{ name: values }`, values being numbers or texts in order.

/** The first difference between two results in words, or null. */
export function difference(one, other) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const name of names) {
    const [left, right] = [one[name], other[name]];
    if (!left || !right) return `${name} is missing`;
    if (left.length !== right.length) return `${name} has ${left.length} values and ${right.length}`;
    for (let at = 0; at < left.length; at++) {
      if (!Object.is(positive(left[at]), positive(right[at]))) return `${name}[${at}] is ${left[at]} and ${right[at]}`;
    }
  }
  return null;
}

/** Numbers that count nothing can come out as -0. */
const positive = value => (value === 0 ? 0 : value);

/**
 * Compares every contestant's result with the first one's; throws where they differ. `results` is a list of
 * `[contestant, result]`, `question` what they were asked.
 */
export function requireAgreement(workload, question, results) {
  const [[first, expected], ...others] = results;
  for (const [contestant, result] of others) {
    const found = difference(expected, result);
    if (found) {
      throw new Error(
        `${first} and ${contestant} disagree in ${workload}: ${found}, asked ${JSON.stringify(question)}. ` +
          'No time counts while results differ.',
      );
    }
  }
}
