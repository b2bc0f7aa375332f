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
  type    = number
  default = 3000
}

variable "container_cpu" {
  type    = number
  default = 256
}

variable "container_memory" {
  type    = number
  default = 512
}

variable "desired_count" {
  type    = number
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
  type    = bool
  default = false
}

variable "enable_redis" {
  type    = bool
  default = true
}

# Not in the Terraform program: the tests of refusals change what it had fixed.
variable "storage_encrypted" {
  type    = bool
  default = true
}
