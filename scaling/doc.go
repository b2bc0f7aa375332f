// Package scaling decides how many tasks run: for a deployment (Plan) and between deployments (New), with autoscaling, a
// schedule that stops the app at night, and an on-demand fallback for Spot.
//
// A number of tasks belongs to whoever changed it last. The program sets it once and then leaves it alone. It does not own
// the service whose tasks are counted (compute).
package scaling
