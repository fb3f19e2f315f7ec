/** What executions took, for charts. Source: hypersigil contract §1.15. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { refusals } from './route-kit.ts'

/** The envelope of this group alone. Source: §0.4. */
function successOf<T extends z.ZodType>(schema: T) {
  return z.object({ success: z.literal(true), data: schema, err: z.literal(false) })
}

const DashboardFault = z
  .object({ success: z.literal(false), error: z.string(), err: z.literal(true) })
  .meta({ id: 'DashboardFault' })

/** What is left empty counts as left out. */
const Moment = z
  .union([z.literal(''), z.iso.date(), z.iso.datetime({ offset: true, local: true })], {
    error: 'must be a date or a time in the form of ISO 8601',
  })
  .optional()

const windowFields = {
  startDate: Moment.meta({ description: 'ISO 8601, a date or a time; UTC unless it says' }),
  endDate: Moment.meta({ description: 'The same; a time is included, the day of a date is not' }),
}

const Count = z.int().min(0)

const usage = {
  totalTokens: Count,
  inputTokens: Count,
  outputTokens: Count,
  executionCount: Count,
  cost: z.number().meta({ description: 'In USD, as far as it is known' }),
}
const ofModel = { provider: z.string(), model: z.string() }
const ofDay = { date: z.string().meta({ description: 'YYYY-MM-DD in UTC' }) }
const ofHour = { hour: z.int().min(0).max(23).meta({ description: 'Of any day, in UTC' }) }

const TokenShare = z
  .object({
    name: z.string(),
    tokens: Count,
    percentage: z.number().meta({ description: 'Of all tokens, 0 to 100' }),
  })
  .meta({ id: 'TokenShare' })

const DashboardStats = z
  .object({
    totalTokensUsed: Count,
    totalExecutions: Count,
    totalCost: z.number().meta({ description: 'In USD, as far as it is known' }),
    activeProviders: Count,
    activeModels: Count,
    topProvider: TokenShare.optional(),
    topModel: TokenShare.optional(),
  })
  .meta({ id: 'DashboardStats' })

/** As a number of JavaScript is written. */
function numberUpTo(most: number) {
  return z.string().refine((text) => Number(text) >= 1 && Number(text) <= most, {
    message: `must be a number from 1 to ${most}`,
  })
}

const daysField = {
  days: numberUpTo(90)
    .optional()
    .meta({ description: 'The last so many days up to endDate, unless there is a startDate' }),
}
const hoursField = {
  hours: numberUpTo(168)
    .optional()
    .meta({ description: 'The last so many hours, 24 if not given, unless there is a date' }),
}

const path = '/api/v1/dashboard'
const replies = { ...refusals, 500: DashboardFault } as const

export const dashboardRoutes = {
  getDashboardStats: defineRoute({
    method: 'GET',
    path: `${path}/stats`,
    summary: 'Sum up what completed executions took',
    ref: 'hypersigil §1.15',
    access: 'executions:read',
    query: z.strictObject(windowFields),
    reply: { 200: successOf(DashboardStats), ...replies },
  }),
  getTokenUsage: defineRoute({
    method: 'GET',
    path: `${path}/token-usage/summary`,
    summary: 'Sum up usage by model, the most tokens first',
    ref: 'hypersigil §1.15',
    access: 'executions:read',
    query: z.strictObject(windowFields),
    reply: { 200: successOf(z.array(z.object({ ...ofModel, ...usage }))), ...replies },
  }),
  getDailyUsage: defineRoute({
    method: 'GET',
    path: `${path}/token-usage/daily`,
    summary: 'Sum up usage by day; of the last 30 days if nothing is said',
    ref: 'hypersigil §1.15',
    access: 'executions:read',
    query: z.strictObject({ ...windowFields, ...daysField }),
    reply: { 200: successOf(z.array(z.object({ ...ofDay, ...usage }))), ...replies },
  }),
  getHourlyUsage: defineRoute({
    method: 'GET',
    path: `${path}/token-usage/hourly`,
    summary: 'Sum up usage by hour of the day',
    ref: 'hypersigil §1.15',
    access: 'executions:read',
    query: z.strictObject({ ...windowFields, ...hoursField }),
    reply: { 200: successOf(z.array(z.object({ ...ofHour, ...usage }))), ...replies },
  }),
  getDailyModelUsage: defineRoute({
    method: 'GET',
    path: `${path}/token-usage/daily/grouped`,
    summary: 'Sum up usage by day and model; of all days if nothing is said',
    ref: 'hypersigil §1.15',
    access: 'executions:read',
    query: z.strictObject({ ...windowFields, ...daysField }),
    reply: { 200: successOf(z.array(z.object({ ...ofDay, ...ofModel, ...usage }))), ...replies },
  }),
  getHourlyModelUsage: defineRoute({
    method: 'GET',
    path: `${path}/token-usage/hourly/grouped`,
    summary: 'Sum up usage by hour of the day and model',
    ref: 'hypersigil §1.15',
    access: 'executions:read',
    query: z.strictObject({ ...windowFields, ...hoursField }),
    reply: { 200: successOf(z.array(z.object({ ...ofHour, ...ofModel, ...usage }))), ...replies },
  }),
} as const
