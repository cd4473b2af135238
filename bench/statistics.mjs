// What is said of a list of times.

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest value that at least 95 of 100 values do not exceed; NaN of nothing. */
export function p95(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? NaN;
}

/**
 * How many times as long `theirs` took as `ours`. A contestant that was stopped early answered fewer questions; the two
 * are compared on the questions that both answered, which are the first of each list.
 */
export function ratio(theirs, ours) {
  const shared = Math.min(theirs.length, ours.length);
  return median(theirs.slice(0, shared)) / median(ours.slice(0, shared));
}

/** By how much a time grows when the rows grow: 1 is linear, 0 is not at all. */
export function growth([rowsBefore, timeBefore], [rowsAfter, timeAfter]) {
  return Math.log(timeAfter / timeBefore) / Math.log(rowsAfter / rowsBefore);
}
