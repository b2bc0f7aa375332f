resource "aws_cloudwatch_log_group" "app" {
  name              = "/ecs/${var.app_name}"
  retention_in_days = 14

  tags = { Name = var.app_name }
}

locals {
  service = ["ClusterName", aws_ecs_cluster.main.name, "ServiceName", aws_ecs_service.app.name]

  charts = [
    ["CPU", "AWS/ECS", "CPUUtilization"],
    ["Memory", "AWS/ECS", "MemoryUtilization"],
    ["Running tasks", "ECS/ContainerInsights", "RunningTaskCount"],
  ]
}

resource "aws_cloudwatch_dashboard" "app" {
  dashboard_name = var.app_name

  dashboard_body = jsonencode({
    widgets = concat(
      [for i, chart in local.charts : {
        type = "metric"
        x    = i * 8, y = 0, width = 8, height = 6
        properties = {
          title   = chart[0]
          region  = var.aws_region
          metrics = [concat(slice(chart, 1, 3), local.service)]
          period  = 300
          stat    = "Average"
        }
      }],
      [{
        type = "log"
        x    = 0, y = 6, width = 24, height = 6
        properties = {
          title  = "Recent logs"
          region = var.aws_region
          query  = "SOURCE '${aws_cloudwatch_log_group.app.name}' | fields @timestamp, @message | sort @timestamp desc | limit 50"
        }
      }],
    )
  })
}

resource "aws_cloudwatch_metric_alarm" "cpu_high" {
  alarm_name          = "${var.app_name}-cpu-high"
  namespace           = "AWS/ECS"
  metric_name         = "CPUUtilization"
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  period              = 300
  evaluation_periods  = 2
  dimensions          = { ClusterName = aws_ecs_cluster.main.name, ServiceName = aws_ecs_service.app.name }
}

resource "aws_cloudwatch_metric_alarm" "memory_high" {
  alarm_name          = "${var.app_name}-memory-high"
  namespace           = "AWS/ECS"
  metric_name         = "MemoryUtilization"
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  period              = 300
  evaluation_periods  = 2
  dimensions          = { ClusterName = aws_ecs_cluster.main.name, ServiceName = aws_ecs_service.app.name }
}

resource "aws_cloudwatch_metric_alarm" "no_running_tasks" {
  alarm_name          = "${var.app_name}-no-running-tasks"
  namespace           = "ECS/ContainerInsights"
  metric_name         = "RunningTaskCount"
  statistic           = "Average"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  period              = 60
  evaluation_periods  = 1
  dimensions          = { ClusterName = aws_ecs_cluster.main.name, ServiceName = aws_ecs_service.app.name }
}
