variable "aws_region" {
  default = "eu-central-1"
}

variable "environment" {
  default = "prod"
}

variable "app_name" {
  default = "threa"
}

variable "container_port" {
  default = 3000
}

variable "container_cpu" {
  default = 256
}

variable "container_memory" {
  default = 512
}

variable "desired_count" {
  default = 1
}

variable "image_tag" {
  default = "latest"
}

variable "db_instance_class" {
  default = "db.t4g.micro"
}

variable "db_name" {
  default = "threa"
}

variable "db_username" {
  default = "threa"
}

variable "db_password" {
  type      = string
  sensitive = true
}

variable "redis_node_type" {
  default = "cache.t4g.micro"
}

variable "use_spot" {
  default = false
}

variable "enable_redis" {
  default = true
}

# Not in the Terraform program: the tests of refusals change what it had fixed.
variable "storage_encrypted" {
  default = true
}
