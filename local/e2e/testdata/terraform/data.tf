resource "aws_db_subnet_group" "main" {
  name       = var.app_name
  subnet_ids = data.aws_subnets.default.ids

  tags = { Name = var.app_name }
}

resource "aws_db_parameter_group" "postgres" {
  name   = "${var.app_name}-postgres16"
  family = "postgres16"

  # The Terraform program had no apply method, so that AWS refused to create the group: the parameter is static.
  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }
}

resource "aws_db_instance" "main" {
  identifier     = var.app_name
  engine         = "postgres"
  engine_version = "16" # not 16.4 as in the Terraform program, which AWS has withdrawn
  instance_class = var.db_instance_class

  db_name  = var.db_name
  username = var.db_username
  password = var.db_password

  allocated_storage     = 20
  max_allocated_storage = 100
  storage_type          = "gp3"
  storage_encrypted     = var.storage_encrypted

  db_subnet_group_name   = aws_db_subnet_group.main.name
  parameter_group_name   = aws_db_parameter_group.postgres.name
  vpc_security_group_ids = [aws_security_group.rds.id]
  publicly_accessible    = false
  multi_az               = false

  backup_retention_period = 7
  backup_window           = "03:00-04:00"
  maintenance_window      = "Mon:04:01-Mon:05:01" # not 04:00-05:00: moto refuses windows that touch

  performance_insights_enabled          = true
  performance_insights_retention_period = 7

  deletion_protection       = local.is_prod
  skip_final_snapshot       = !local.is_prod
  final_snapshot_identifier = local.is_prod ? "${var.app_name}-final-snapshot" : null

  tags = { Name = var.app_name }
}

resource "aws_elasticache_subnet_group" "main" {
  count = var.enable_redis ? 1 : 0

  name       = var.app_name
  subnet_ids = data.aws_subnets.default.ids
}

resource "aws_elasticache_cluster" "main" {
  count = var.enable_redis ? 1 : 0

  cluster_id           = var.app_name
  engine               = "redis"
  engine_version       = "7.1"
  node_type            = var.redis_node_type
  num_cache_nodes      = 1
  parameter_group_name = "default.redis7"
  port                 = 6379
  subnet_group_name    = aws_elasticache_subnet_group.main[0].name
  security_group_ids   = [aws_security_group.redis[0].id]

  tags = { Name = var.app_name }
}

resource "aws_ssm_parameter" "database_url" {
  name  = "/${var.app_name}/database-url"
  type  = "SecureString"
  value = "postgresql://${var.db_username}:${var.db_password}@${aws_db_instance.main.endpoint}/${var.db_name}"

  tags = { Name = "${var.app_name}-database-url" }
}

resource "aws_ssm_parameter" "redis_url" {
  count = var.enable_redis ? 1 : 0

  name  = "/${var.app_name}/redis-url"
  type  = "SecureString"
  value = "redis://${aws_elasticache_cluster.main[0].cache_nodes[0].address}:6379"

  tags = { Name = "${var.app_name}-redis-url" }
}
