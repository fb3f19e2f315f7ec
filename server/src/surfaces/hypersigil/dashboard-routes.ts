import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  modelUsageByDay,
  modelUsageByHour,
  tokensOf,
  usageByDay,
  usageByHour,
  usageByModel,
  UsageReads,
  usageSummary,
} from '../../features/executions/index.ts'
import type { Uses } from '../../features/identity/index.ts'
import { serve } from './door.ts'
import {
  fromDates,
  succeeded,
  toDate,
  toModelUsage,
  toShare,
  toUsage,
  UsageReplies,
} from './wire-dashboard.ts'

export interface DashboardPowers extends Uses<'db' | 'clock'> {}

/** What executions took, for charts. Source: hypersigil contract §1.15. */
export function dashboardRoutes(given: DashboardPowers) {
  const powers = { ...given, usage: new UsageReads() }
  return [...sumRoutes(powers), ...timeRoutes(powers)]
}

interface Powers extends DashboardPowers {
  readonly usage: UsageReads
}

function sumRoutes(powers: Powers) {
  return [
    serve(hypersigilRoutes.getDashboardStats, async ({ query, caller }) => {
      const summary = await usageSummary({ ...powers, caller }, fromDates(query))
      const { topProvider, topModel } = summary
      return succeeded({
        totalTokensUsed: tokensOf(summary),
        totalExecutions: summary.executionCount,
        totalCost: summary.costUsd,
        activeProviders: summary.providerCount,
        activeModels: summary.modelCount,
        ...(topProvider !== null && { topProvider: toShare(topProvider) }),
        ...(topModel !== null && { topModel: toShare(topModel) }),
      })
    }),
    serve(hypersigilRoutes.getTokenUsage, async ({ query, caller }) => {
      const rows = await usageByModel({ ...powers, caller }, fromDates(query))
      return succeeded(rows.map(toModelUsage))
    }),
  ]
}

const usualDays = 30
const usualHours = 24

function timeRoutes(powers: Powers) {
  const replies = new UsageReplies()
  return [
    serve(hypersigilRoutes.getDailyUsage, async ({ query, caller }) => {
      const days = Number(query.days ?? usualDays)
      const rows = await usageByDay({ ...powers, caller }, fromDates(query), days)
      return replies.of(rows, (row) => ({ date: toDate(row.bucket), ...toUsage(row) }))
    }),
    serve(hypersigilRoutes.getHourlyUsage, async ({ query, caller }) => {
      const hours = Number(query.hours ?? usualHours)
      const rows = await usageByHour({ ...powers, caller }, fromDates(query), hours)
      return replies.of(rows, (row) => ({ hour: row.bucket, ...toUsage(row) }))
    }),
    serve(hypersigilRoutes.getDailyModelUsage, async ({ query, caller }) => {
      const days = query.days === undefined ? undefined : Number(query.days)
      const rows = await modelUsageByDay({ ...powers, caller }, fromDates(query), days)
      return replies.of(rows, (row) => ({ date: toDate(row.bucket), ...toModelUsage(row) }))
    }),
    serve(hypersigilRoutes.getHourlyModelUsage, async ({ query, caller }) => {
      const hours = Number(query.hours ?? usualHours)
      const rows = await modelUsageByHour({ ...powers, caller }, fromDates(query), hours)
      return replies.of(rows, (row) => ({ hour: row.bucket, ...toModelUsage(row) }))
    }),
  ]
}
