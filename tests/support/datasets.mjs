// Datasets as SQL sees them: the rules of docs/IMPORT.md for datasets written once more, over the source file itself.
import { fileURLToPath } from 'node:url';
import { literal, query } from './duckdb.mjs';

const organisations = literal(fileURLToPath(new URL('../../data/organisations.csv', import.meta.url)));

/** The Hub's size categories, from the smallest to the largest. */
export const sizeCategories = [
  'n<1K', '1K<n<10K', '10K<n<100K', '100K<n<1M', '1M<n<10M', '10M<n<100M', '100M<n<1B', '1B<n<10B', '10B<n<100B',
  '100B<n<1T', 'n>1T',
];

/** The value of the first tag that begins so, null where there is none. */
const tagged = prefix =>
  `nullif(substr(list_filter(tags, lambda tag: starts_with(tag, '${prefix}'))[1], ${prefix.length + 1}), '')`;

/**
 * Reads a file of datasets into the table `name`: id, the measures, month, year, region, organisation, licence, size_category, and
 * `tasks`, a list without doubles.
 */
export async function loadDatasets(file, name, registry = organisations) {
  await query(`create or replace table makers as
    select * from read_csv(${registry}, header = true, all_varchar = true) where verified = 'true'`);
  await query(`create or replace table ${name} as
    with read as (
      select *, list_sort(list_distinct(list_transform(
        list_filter(tags, lambda tag: starts_with(tag, 'task_categories:')), lambda tag: substr(tag, 17)))) as tasks,
        coalesce(${tagged('license:')}, 'unknown') as licence,
        coalesce(${tagged('size_categories:')}, 'unknown') as size_category,
        greatest(strftime(make_timestamp(epoch_us(createdAt)), '%Y-%m'), '2022-03') as month
      from ${literal(file)}
    )
    select read.id, downloads as downloads_30d, downloadsAllTime as downloads_all_time, likes, tasks, licence, size_category, month,
      month[:4] as year, coalesce(region, 'unknown') as region, coalesce(organisation, 'unknown') as organisation
    from read left join makers on makers.account = split_part(read.id, '/', 1)`);
}

/** A dataset in each of its tasks; one without a task in `unknown`. */
export const inTasks = name => `(select * exclude (tasks), unnest(case len(tasks) when 0 then ['unknown'] else tasks end) as task
  from ${name})`;
